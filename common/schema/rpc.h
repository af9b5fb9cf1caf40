// MessagePack-RPC: the messages between a client and a frontend.
//   request      [0, msgid, method, params]
//   response     [1, msgid, error, result]
//   notification [2, method, params]
// `params` is [ {arguments by name} ]; [], nil and a bare map are accepted too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/base/result.h"
#include "common/schema/value.h"

namespace parley::schema {

enum class RpcKind : uint8_t { kRequest = 0, kResponse = 1, kNotification = 2 };

// What parsing a message gave. Texts refer to the parsed bytes.
struct RpcMessage {
  enum class Status : uint8_t {
    kGood,
    kBadRequest,  // a request with a good msgid that is otherwise wrong: answer it (see `problem`)
    kIgnored,     // a notification that is otherwise wrong
    kProtocol,    // not such a message: close the connection
  };
  Status status = Status::kProtocol;
  std::string problem;  // what is wrong, unless kGood
  RpcKind kind = RpcKind::kRequest;
  uint32_t msgid = 0;
  std::string_view method;  // of a request or notification
  std::string_view params;  // the encoded map of arguments; empty: none were given
  Value arguments;          // the same, parsed; nil: none
  Value error, result;      // of a response
};

// `bytes` is one framed message. The result refers to `bytes` and to `parser`.
[[nodiscard]] RpcMessage ParseRpc(Parser& parser, std::string_view bytes, int depth_max);

// `params` and `result` are an encoded map each, or empty for an empty map.
void AppendRequest(std::string& out, uint32_t msgid, std::string_view method, std::string_view params);
void AppendNotification(std::string& out, std::string_view method, std::string_view params);
void AppendResponse(std::string& out, uint32_t msgid, std::string_view result);
void AppendErrorResponse(std::string& out, uint32_t msgid, const Error& error);

// {"code", "message", "retryable", "retry_after_ms"?}, and back.
void AppendError(std::string& out, const Error& error);
[[nodiscard]] Error ErrorOf(const Value& error);

}  // namespace parley::schema
