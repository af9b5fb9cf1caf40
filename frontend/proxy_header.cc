#include "frontend/proxy_header.h"

#include <algorithm>
#include <cstring>

namespace parley::frontend {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr uint8_t kLocal = 0x20, kProxy = 0x21;
constexpr uint8_t kUnspecified = 0x00, kTcp4 = 0x11, kUdp4 = 0x12, kTcp6 = 0x21, kUdp6 = 0x22, kUnix = 0x31,
                  kUnixDatagram = 0x32;
constexpr uint16_t kTcp4Bytes = 4 + 4 + 2 + 2, kTcp6Bytes = 16 + 16 + 2 + 2;
constexpr uint16_t kTlvHeadBytes = 3;

uint16_t Big16(const char* bytes) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
}

}  // namespace

ProxyHeader::State ProxyHeader::Feed(std::string_view& bytes) {
  State state = State::kNeedMore;
  while (state == State::kNeedMore && !bytes.empty()) {
    const auto taken = static_cast<uint16_t>(std::min<size_t>(bytes.size(), wanted_ - got_));
    if (part_ != Part::kSkip) std::memcpy(kept_.data() + got_, bytes.data(), taken);
    bytes.remove_prefix(taken);
    got_ = static_cast<uint16_t>(got_ + taken);
    size_ += taken;
    // A client that speaks another protocol is found out at its first wrong byte: it may wait for an answer.
    if (part_ == Part::kFixed) {
      const size_t compared = std::min<size_t>(got_, kSignature.size());
      if (std::string_view(kept_.data(), compared) != kSignature.substr(0, compared)) {
        return Wrong("it does not begin with the signature of PROXY version 2");
      }
    }
    if (got_ == wanted_) state = AfterPart();
  }
  return state;
}

ProxyHeader::State ProxyHeader::AfterPart() {
  switch (part_) {
    case Part::kFixed:
      return TakeFixed();
    case Part::kAddresses:
      return TakeAddresses();
    case Part::kTlvHead:
      return TakeTlvHead();
    case Part::kSkip:
      break;
  }
  if (left_ == 0) return State::kComplete;
  if (left_ < kTlvHeadBytes) return Wrong("a TLV is cut short by the header's end");
  Expect(Part::kTlvHead, kTlvHeadBytes);
  return State::kNeedMore;
}

ProxyHeader::State ProxyHeader::TakeFixed() {
  const auto command = static_cast<uint8_t>(kept_[12]), family = static_cast<uint8_t>(kept_[13]);
  left_ = Big16(kept_.data() + 14);
  if (command >> 4 != 2) return Wrong("its version is not 2");
  if (command != kLocal && command != kProxy) return Wrong("its command is neither LOCAL nor PROXY");
  if (command == kProxy && (family == kTcp4 || family == kTcp6)) {
    v6_ = family == kTcp6;
    const uint16_t addresses = v6_ ? kTcp6Bytes : kTcp4Bytes;
    if (left_ < addresses) return Wrong("its length is too short for its addresses");
    Expect(Part::kAddresses, addresses);
    return State::kNeedMore;
  }
  constexpr std::array kOthers{kUnspecified, kUdp4, kUdp6, kUnix, kUnixDatagram};
  if (command == kProxy && std::ranges::find(kOthers, family) == kOthers.end()) {
    return Wrong("its address family or transport does not exist");
  }
  if (left_ == 0) return State::kComplete;
  Expect(Part::kSkip, left_);
  return State::kNeedMore;
}

ProxyHeader::State ProxyHeader::TakeAddresses() {
  source_ = IpAddress::Of(std::string_view(kept_.data(), v6_ ? 16 : 4));
  Expect(Part::kSkip, 0);
  return AfterPart();
}

ProxyHeader::State ProxyHeader::TakeTlvHead() {
  const uint16_t length = Big16(kept_.data() + 1);
  if (length > left_) return Wrong("a TLV is longer than the header");
  Expect(Part::kSkip, length);
  return length == 0 ? AfterPart() : State::kNeedMore;
}

void ProxyHeader::Expect(Part part, uint16_t wanted) {
  part_ = part;
  wanted_ = wanted;
  got_ = 0;
  left_ = static_cast<uint16_t>(left_ - wanted);
}

ProxyHeader::State ProxyHeader::Wrong(std::string_view problem) {
  source_.reset();
  problem_ = problem;
  return State::kWrong;
}

}  // namespace parley::frontend
