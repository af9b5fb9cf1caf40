// The parser of MessagePack-RPC: whatever it calls good can be written again and reads the same.
#include "common/schema/rpc.h"
#include "common/schema/value.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using namespace std::string_literals;

void Run(std::string_view bytes) {
  schema::Parser parser;
  const schema::RpcMessage message = schema::ParseRpc(parser, bytes, 16);
  using Status = schema::RpcMessage::Status;
  PARLEY_CHECK((message.status == Status::kGood) == message.problem.empty());
  if (message.status != Status::kGood) return;
  if (message.kind == schema::RpcKind::kResponse) {
    static_cast<void>(schema::ErrorOf(message.error));
    return;
  }
  // The map of arguments is one value by itself.
  schema::Parser inner;
  if (!message.params.empty()) {
    const Result<schema::Value> arguments = inner.Parse(message.params);
    PARLEY_CHECK(arguments);
    PARLEY_CHECK(arguments->type() == schema::Type::kMap);
    PARLEY_CHECK(arguments->size() == message.arguments.size());
  }
  std::string again;
  if (message.kind == schema::RpcKind::kRequest) {
    schema::AppendRequest(again, message.msgid, message.method, message.params);
  } else {
    schema::AppendNotification(again, message.method, message.params);
  }
  schema::Parser second;
  const schema::RpcMessage read = schema::ParseRpc(second, again, 32);
  PARLEY_CHECK(read.status == Status::kGood && read.kind == message.kind && read.msgid == message.msgid);
  PARLEY_CHECK(read.method == message.method);
  PARLEY_CHECK(message.params.empty() || read.params == message.params);
}

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds(6);
  schema::AppendRequest(seeds[0], 7, "message.send",
                        "\x82\xa2to\xa3"
                        "bob\xa4"
                        "body\xa2hi");
  schema::AppendNotification(seeds[1], "message.typing", "\x81\xa2on\xc3");
  schema::AppendResponse(seeds[2], 7, {});
  schema::AppendErrorResponse(seeds[3], 7, {Code::kOverloaded, "busy", 5});
  seeds[4] = "\x94\x00\x01\xacsession.ping\x90"s;
  seeds[5] = "\xdc\x00\x04\x00\xce\xff\xff\xff\xff\xd9\x01x\xdd\x00\x00\x00\x01\xde\x00\x00"s;
  return seeds;
}

}  // namespace parley::fuzz
