#include "common/metrics/http.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

#include "common/base/log.h"

namespace parley::metrics {

namespace http = boost::beast::http;

std::string Encode(const Response& response, bool head) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n",
      response.status, std::string_view(reason.data(), reason.size()), response.content_type, response.body.size());
  if (response.status == 405) text += "Allow: GET, HEAD\r\n";
  text += "\r\n";
  if (!head) text += response.body;
  return text;
}

struct RequestReader::Impl {
  http::request_parser<http::empty_body> parser;
  std::string bytes;  // that were not taken: the parser wants a header in one piece
};

RequestReader::RequestReader() : impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(static_cast<uint32_t>(kBytesMax));
  impl_->parser.body_limit(uint64_t{0});
}

RequestReader::~RequestReader() = default;

std::variant<RequestReader::More, Request, Response> RequestReader::Feed(std::string_view bytes) {
  impl_->bytes.append(bytes);
  boost::system::error_code error;
  const size_t taken = impl_->parser.put(boost::asio::buffer(impl_->bytes), error);
  impl_->bytes.erase(0, taken);
  if (error == http::error::header_limit || impl_->bytes.size() > kBytesMax) {
    return Response{431, fmt::format("a request has at most {} bytes\n", kBytesMax)};
  }
  if (error == http::error::body_limit) return Response{413, "a request has no body here\n"};
  if (error && error != http::error::need_more) return Response{400, "this is not HTTP: " + error.message() + "\n"};
  if (!impl_->parser.is_header_done()) return More{};
  const auto& message = impl_->parser.get();
  const std::string_view target(message.target().data(), message.target().size());
  const auto method = message.method_string();
  return Request{std::string(method.data(), method.size()), std::string(target.substr(0, target.find('?')))};
}

std::variant<Page, Response> PageOf(const Request& request) {
  std::optional<Page> page;
  if (request.path == "/metrics") page = Page::kMetrics;
  if (request.path == "/healthz") page = Page::kHealth;
  if (request.path == "/readyz") page = Page::kReady;
  if (!page) return Response{404, "there are /metrics, /healthz and /readyz\n"};
  if (request.method != "GET" && request.method != "HEAD") return Response{405, "GET and HEAD are all there is here\n"};
  return *page;
}

Response ProbeResponse(const std::string& reason) {
  if (reason.empty()) return {200, "ok\n"};
  return {503, reason + "\n"};
}

}  // namespace parley::metrics
