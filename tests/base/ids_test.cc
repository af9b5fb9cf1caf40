#include "common/base/ids.h"

#include <catch2/catch.hpp>
#include <set>

using namespace parley;

TEST_CASE("request ids differ, and those made from text do not") {
  std::set<RequestId> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(RequestId::Random());
  CHECK(seen.size() == 1000);
  CHECK(RequestId::FromText("a") == RequestId::FromText("a"));
  CHECK(RequestId::FromText("a") != RequestId::FromText("b"));
}

TEST_CASE("a request id reads as thirty-two hex digits") {
  CHECK((RequestId{0x0123456789ABCDEF, 0xFEDCBA9876543210}).Hex() == "0123456789abcdeffedcba9876543210");
}

TEST_CASE("node ids are never nobody") {
  CHECK_FALSE(NodeId::OfIdentity("").empty());
  CHECK(NodeId::OfIdentity("worker/message-1/a") != NodeId::OfIdentity("worker/message-1/b"));
}

TEST_CASE("random text has no padding and only the safe alphabet") {
  const std::string text = RandomText(32);
  CHECK(text.size() == 43);
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
  CHECK(RandomHex(8).size() == 16);
}
