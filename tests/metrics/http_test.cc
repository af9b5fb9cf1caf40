#include "common/metrics/http.h"

#include <catch2/catch.hpp>

namespace parley::metrics {
namespace {

using Catch::Matchers::Contains;

using Read = std::variant<RequestReader::More, Request, Response>;

Read ReadAll(std::string_view bytes) {
  RequestReader reader;
  return reader.Feed(bytes);
}

// The status that a request ends with before anything is looked up; 0: it is read; -1: more is to come.
int StatusOf(const Read& read) {
  if (std::holds_alternative<RequestReader::More>(read)) return -1;
  if (const Response* refusal = std::get_if<Response>(&read)) return refusal->status;
  return 0;
}

int StatusOfPage(const std::string& method, const std::string& path) {
  const auto page = PageOf({method, path});
  return std::holds_alternative<Page>(page) ? 200 : std::get<Response>(page).status;
}

constexpr std::string_view kGet = "GET /metrics?x=1 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";

}  // namespace

TEST_CASE("a request is read, however it is cut") {
  for (size_t cut = 0; cut < kGet.size(); ++cut) {
    RequestReader reader;
    if (cut > 0) CHECK(StatusOf(reader.Feed(kGet.substr(0, cut))) == -1);
    const Read read = reader.Feed(kGet.substr(cut));
    REQUIRE(std::holds_alternative<Request>(read));
    CHECK(std::get<Request>(read).method == "GET");
    CHECK(std::get<Request>(read).path == "/metrics");
  }
}

TEST_CASE("a request byte by byte is the same") {
  RequestReader reader;
  for (size_t i = 0; i + 1 < kGet.size(); ++i) REQUIRE(StatusOf(reader.Feed(kGet.substr(i, 1))) == -1);
  CHECK(StatusOf(reader.Feed(kGet.substr(kGet.size() - 1))) == 0);
}

TEST_CASE("a probe of HTTP/1.0 without a host is a request") {
  CHECK(StatusOf(ReadAll("GET /readyz HTTP/1.0\r\n\r\n")) == 0);
  CHECK(StatusOf(ReadAll("HEAD /readyz HTTP/1.0\r\n\r\n")) == 0);
}

TEST_CASE("what is no HTTP is refused") {
  CHECK(StatusOf(ReadAll("\x94\x00\x01\xa4quit\r\n\r\n")) == 400);
  CHECK(StatusOf(ReadAll("GET /metrics HTTP/3.9\r\n\r\n")) == 400);
  CHECK(StatusOf(ReadAll("GET\r\n\r\n")) == 400);
  CHECK(StatusOf(ReadAll("GET / HTTP/1.1\r\nno colon\r\n\r\n")) == 400);
}

TEST_CASE("a request that is too long or has a body is refused") {
  CHECK(StatusOf(ReadAll("GET / HTTP/1.1\r\nX: " + std::string(RequestReader::kBytesMax, 'x'))) == 431);
  CHECK(StatusOf(ReadAll(std::string(RequestReader::kBytesMax + 1, 'x'))) == 431);
  CHECK(StatusOf(ReadAll("GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")) == 413);
  CHECK(StatusOf(ReadAll("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n")) == 400);
}

TEST_CASE("there are three pages, to be read only") {
  for (const std::string path : {"/metrics", "/healthz", "/readyz"}) {
    CHECK(StatusOfPage("GET", path) == 200);
    CHECK(StatusOfPage("HEAD", path) == 200);
    CHECK(StatusOfPage("POST", path) == 405);
    CHECK(StatusOfPage("BREW", path) == 405);
  }
  for (const std::string path : {"", "/", "/metrics/", "/metricsx", "*", "http://h/metrics", "/../metrics"}) {
    CHECK(StatusOfPage("GET", path) == 404);
  }
}

TEST_CASE("a response says its length, and where only its head is asked for, leaves out the rest") {
  const std::string whole = Encode(ProbeResponse("the bus does not answer"), false);
  CHECK_THAT(whole, Catch::StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK_THAT(whole, Contains("\r\nContent-Length: 24\r\n"));
  CHECK_THAT(whole, Catch::EndsWith("\r\n\r\nthe bus does not answer\n"));
  const std::string head = Encode(ProbeResponse("the bus does not answer"), true);
  CHECK_THAT(head, Contains("\r\nContent-Length: 24\r\n"));
  CHECK_THAT(head, Catch::EndsWith("\r\n\r\n"));
  CHECK(ProbeResponse("").status == 200);
  CHECK_THAT(Encode({405, ""}, false), Contains("\r\nAllow: GET, HEAD\r\n"));
}

}  // namespace parley::metrics
