#include "client/bench/message.h"

#include "client/arguments.h"
#include "common/base/check.h"
#include "common/schema/rpc.h"

namespace parley::bench {

Message::Message(std::string_view to, std::string_view tag, size_t body_bytes) {
  PARLEY_CHECK(body_bytes >= kBodyMin);
  // A msgid that takes four bytes, and texts that are found again in what was encoded.
  constexpr uint32_t kMsgid = 0xFEDCBA98;
  const std::string id = std::string(tag) + "-########";
  const std::string body = "@@@@@@@@" + std::string(body_bytes - kBodyMin, 'x');
  const std::string arguments = client::Arguments().Text("to", to).Text("id", id).Text("body", body).Encoded();
  schema::AppendRequest(bytes_, kMsgid, "message.send", arguments);
  id_at_ = bytes_.find("-########") + 1;
  body_at_ = bytes_.find("@@@@@@@@");
  PARLEY_CHECK(bytes_.substr(kMsgidAt, 4) == "\xFE\xDC\xBA\x98");
}

}  // namespace parley::bench
