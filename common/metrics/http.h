// As much of HTTP as probes and scrapers speak: one small request without a body per connection, and its answer.
// Bytes in, bytes out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace parley::metrics {

struct Request {
  std::string method;  // GET or HEAD, or whatever it is
  std::string path;    // without what follows a '?'
};

struct Response {
  int status = 200;
  std::string body;
  std::string_view content_type = "text/plain; charset=utf-8";
};

// A response as it travels; without its body where the request was HEAD. The connection is closed after it.
[[nodiscard]] std::string Encode(const Response& response, bool head);

// Reads the one request of a connection.
class RequestReader {
 public:
  static constexpr size_t kBytesMax = 8 * 1024;

  RequestReader();
  ~RequestReader();

  struct More {};
  // More: it is not complete. A Response: it is no request that can be served, and that says why.
  [[nodiscard]] std::variant<More, Request, Response> Feed(std::string_view bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class Page : uint8_t { kMetrics, kHealth, kReady };
// What is asked for, or what to say to one who asks for something else.
[[nodiscard]] std::variant<Page, Response> PageOf(const Request& request);

// The answer to a probe: 200, or 503 with the reason.
[[nodiscard]] Response ProbeResponse(const std::string& reason);

}  // namespace parley::metrics
