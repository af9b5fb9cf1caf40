#include "common/schema/rpc.h"

#include "common/base/check.h"
#include "common/schema/writer.h"

namespace parley::schema {
namespace {

constexpr std::string_view kEmptyMap = "\x80";

// The bytes of the arguments' map inside the params, which are the last element of a message that ends at the end of
// `bytes`: a map, or a list of one map, whose header is then skipped.
std::string_view MapInside(std::string_view params, const Value& value) {
  if (value.type() == Type::kMap) return params;
  const auto lead = static_cast<uint8_t>(params[0]);
  const size_t header = lead == 0xDD ? 5 : lead == 0xDC ? 3 : 1;
  return params.substr(header);
}

// Where the element after a text begins: a text refers into the message, so its end is known.
std::string_view After(std::string_view bytes, std::string_view text) {
  return bytes.substr(static_cast<size_t>(text.data() + text.size() - bytes.data()));
}

// Fills method, params and arguments; says what is wrong, or nothing.
std::string ReadCall(const Value& method, const Value& params, std::string_view bytes, RpcMessage& out) {
  if (method.type() != Type::kText) return "method: must be text";
  if (method.AsText().empty()) return "method: must not be empty";  // and an empty text refers to nowhere
  out.method = method.AsText();
  const std::string_view encoded = After(bytes, out.method);
  switch (params.type()) {
    case Type::kNil:
      return {};
    case Type::kMap:
      out.arguments = params;
      out.params = encoded;
      return {};
    case Type::kList:
      if (params.size() == 0) return {};
      if (params.size() > 1) return "params: must be a list of one map";
      if (params.at(0).is_nil()) return {};
      if (params.at(0).type() != Type::kMap) return "params: must be a list of one map";
      out.arguments = params.at(0);
      out.params = MapInside(encoded, params);
      return {};
    default:
      return "params: must be a list of one map";
  }
}

std::optional<uint32_t> ReadMsgid(const Value& value) {
  if (value.type() != Type::kInt) return std::nullopt;
  const std::optional<int64_t> number = value.AsInt();
  if (!number || *number < 0 || *number > 0xFFFFFFFFLL) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

RpcMessage Protocol(std::string problem) {
  RpcMessage message;
  message.problem = std::move(problem);
  return message;
}

}  // namespace

RpcMessage ParseRpc(Parser& parser, std::string_view bytes, int depth_max) {
  const Result<Value> parsed = parser.Parse(bytes, depth_max);
  if (!parsed) return Protocol(parsed.error().message);
  const Value& root = *parsed;
  if (root.type() != Type::kList || root.size() == 0 || root.at(0).type() != Type::kInt) {
    return Protocol("not a MessagePack-RPC message: a list that starts with 0, 1 or 2");
  }
  RpcMessage message;
  const std::optional<int64_t> kind = root.at(0).AsInt();
  if (kind == 0) {
    message.kind = RpcKind::kRequest;
    const std::optional<uint32_t> msgid = root.size() > 1 ? ReadMsgid(root.at(1)) : std::nullopt;
    if (!msgid) return Protocol("msgid: must be an integer from 0 to 4294967295");
    message.msgid = *msgid;
    message.problem =
        root.size() != 4 ? "a request is [0, msgid, method, params]" : ReadCall(root.at(2), root.at(3), bytes, message);
    message.status = message.problem.empty() ? RpcMessage::Status::kGood : RpcMessage::Status::kBadRequest;
  } else if (kind == 1) {
    message.kind = RpcKind::kResponse;
    const std::optional<uint32_t> msgid = root.size() == 4 ? ReadMsgid(root.at(1)) : std::nullopt;
    if (!msgid) return Protocol("a response is [1, msgid, error, result]");
    message.msgid = *msgid;
    message.error = root.at(2);
    message.result = root.at(3);
    message.status = RpcMessage::Status::kGood;
  } else if (kind == 2) {
    message.kind = RpcKind::kNotification;
    message.problem =
        root.size() != 3 ? "a notification is [2, method, params]" : ReadCall(root.at(1), root.at(2), bytes, message);
    message.status = message.problem.empty() ? RpcMessage::Status::kGood : RpcMessage::Status::kIgnored;
  } else {
    return Protocol("not a MessagePack-RPC message: a list that starts with 0, 1 or 2");
  }
  return message;
}

void AppendRequest(std::string& out, uint32_t msgid, std::string_view method, std::string_view params) {
  Writer writer(out);
  writer.List(4);
  writer.Int(0);
  writer.Int(msgid);
  writer.Text(method);
  writer.List(1);
  writer.Raw(params.empty() ? kEmptyMap : params);
}

void AppendNotification(std::string& out, std::string_view method, std::string_view params) {
  Writer writer(out);
  writer.List(3);
  writer.Int(2);
  writer.Text(method);
  writer.List(1);
  writer.Raw(params.empty() ? kEmptyMap : params);
}

void AppendResponse(std::string& out, uint32_t msgid, std::string_view result) {
  Writer writer(out);
  writer.List(4);
  writer.Int(1);
  writer.Int(msgid);
  writer.Nil();
  writer.Raw(result.empty() ? kEmptyMap : result);
}

void AppendErrorResponse(std::string& out, uint32_t msgid, const Error& error) {
  Writer writer(out);
  writer.List(4);
  writer.Int(1);
  writer.Int(msgid);
  AppendError(out, error);
  writer.Nil();
}

void AppendError(std::string& out, const Error& error) {
  const CodeRow& row = RowOf(error.code);
  Writer writer(out);
  writer.Map(error.retry_after_ms > 0 ? 4 : 3);
  writer.Text("code");
  writer.Text(row.name);
  writer.Text("message");
  writer.Text(error.message);
  writer.Text("retryable");
  writer.Bool(row.retryable);
  if (error.retry_after_ms > 0) {
    writer.Text("retry_after_ms");
    writer.Int(error.retry_after_ms);
  }
}

Error ErrorOf(const Value& error) {
  Error out{Code::kInternal, "the server sent an error that cannot be read", 0};
  if (const Value code = error.Find("code"); code.type() == Type::kText) {
    out.code = CodeNamed(code.AsText()).value_or(Code::kInternal);
  }
  if (const Value message = error.Find("message"); message.type() == Type::kText) out.message = message.AsText();
  if (const Value after = error.Find("retry_after_ms"); after.type() == Type::kInt) {
    out.retry_after_ms = after.AsInt().value_or(0);
  }
  return out;
}

}  // namespace parley::schema
