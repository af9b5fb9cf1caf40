#include "tests/modules/admin/admin_fixture.h"

#include <algorithm>

#include "common/schema/json.h"

namespace parley::admin {

AdminTest::AdminTest()
    : harness("admin", [](module::Host& host) { return std::make_unique<AdminModule>(host, AdminModule::Options{}); }) {
  Works<user::SetBan>();
  Works<user::Disconnect>();
  Works<user::SetRole>();
  Works<wire::AskDrain>();
  Works<wire::AskUndrain>();
  Answers<message::Announce>([](const message::Announce&) { return message::SeqReply{7}; });
  Answers<message::AdminRecall>([](const message::AdminRecall&) { return message::SeqReply{9}; });
}

void AdminTest::Note(std::string_view method, const Caller& caller, std::string_view arguments) {
  CHECK(caller.role == Access::kModule);
  asked_.push_back(std::string(method) + " " + caller.user.text() + " " + *schema::JsonOf(arguments));
}

std::vector<Entry> AdminTest::Entries(const Audit& request) {
  std::vector<Entry> entries;
  Audit asked = request;
  while (true) {
    auto page = Ask(asked);
    REQUIRE(page);
    for (Entry& entry : page->entries) entries.push_back(std::move(entry));
    if (!page->cursor) break;
    REQUIRE(page->entries.size() == static_cast<size_t>(asked.limit));
    asked.cursor = page->cursor;
  }
  std::ranges::reverse(entries);
  return entries;
}

Texts AdminTest::Lines(const Audit& request) {
  Texts lines;
  for (const Entry& entry : Entries(request)) {
    lines.push_back(std::to_string(entry.seq) + " " + entry.by.text() + " " + entry.action + " " +
                    entry.target.value_or("-") + " " + entry.outcome);
  }
  return lines;
}

std::string AdminTest::ArgumentsOf(const Entry& entry) { return schema::JsonOf(entry.arguments.bytes).value(); }

}  // namespace parley::admin
