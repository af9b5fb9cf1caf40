// Who gets which slots, and what a return, a replacement and a departure do to them.
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

std::set<int64_t> EpochsOf(TestNode& worker) {
  std::set<int64_t> epochs;
  const auto slots = worker.Slots();
  REQUIRE(slots.has_value());
  for (const auto& [slot, epoch] : *slots) epochs.insert(epoch);
  return epochs;
}

}  // namespace

TEST_CASE_METHOD(BusTest, "the first worker of a module gets all its slots, once they have settled") {
  TestNode& worker = Worker("message-1");
  Pass(options.settle_ms - 200);
  CHECK_FALSE(worker.Slots().has_value());
  Pass(300);
  REQUIRE(worker.Slots().has_value());
  CHECK(worker.Slots()->size() == 256);
  CHECK(EpochsOf(worker) == std::set<int64_t>{1});
}

TEST_CASE_METHOD(BusTest, "workers that come while a module settles share its slots by capacity") {
  TestNode& large = Worker("message-1", {.capacity = 3});
  Pass(500);
  TestNode& small = Worker("message-2", {.capacity = 1});
  Settle();
  const auto one = *large.Slots(), other = *small.Slots();
  CHECK(one.size() == 192);
  CHECK(other.size() == 64);
  std::set<int64_t> all;
  for (const auto& slots : {one, other}) {
    for (const auto& [slot, epoch] : slots) all.insert(slot);
  }
  CHECK(all.size() == 256);
}

TEST_CASE_METHOD(BusTest, "modules settle each on its own") {
  TestNode& message = Serving("message-1");
  TestNode& user = Worker("user-1", {.module = "user"});
  Settle();
  CHECK(message.Slots()->size() == 256);
  CHECK(user.Slots()->size() == 256);
}

TEST_CASE_METHOD(BusTest, "a worker that died while its module settled gets none") {
  TestNode& dead = Worker("message-1");
  TestNode& alive = Worker("message-2");
  dead.Die();
  Settle();
  CHECK(alive.Slots()->size() == 256);
}

TEST_CASE_METHOD(BusTest, "when all die while a module settles, the next ones share it") {
  Worker("message-1").Die();
  Settle();
  TestNode& next = Worker("message-2");
  Settle();
  CHECK(next.Slots()->size() == 256);
}

TEST_CASE_METHOD(BusTest, "a worker that comes back gets its slots at once, each under the next epoch") {
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  Settle();
  const auto before = *one.Slots();
  const auto others = *two.Slots();
  one.Restart();
  one.Register();
  Turn();
  const auto after = one.Slots();
  REQUIRE(after.has_value());
  REQUIRE(after->size() == before.size());
  for (const auto& [slot, epoch] : *after) CHECK(epoch == before.at(slot) + 1);
  CHECK(*two.Slots() == others);
}

TEST_CASE_METHOD(BusTest, "epochs grow with every life of a worker") {
  TestNode& worker = Serving("message-1");
  for (int64_t life = 2; life <= 5; ++life) {
    worker.Restart();
    worker.Register();
    CHECK(EpochsOf(worker) == std::set<int64_t>{life});
  }
}

TEST_CASE_METHOD(BusTest, "a worker whose connection broke gets its slots under the same epoch") {
  TestNode& worker = Serving("message-1");
  out.lines.erase(worker.identity());  // the line breaks …
  Pass(600);                           // … the bus notices …
  REQUIRE(router->peers().size() == 0);
  out.lines[worker.identity()];  // … and it is there again.
  worker.Say(Envelope{});
  CHECK(worker.CountOf(Kind::kUnknown) == 1);
  worker.Register();
  CHECK(EpochsOf(worker) == std::set<int64_t>{1});
}

TEST_CASE_METHOD(BusTest, "a known name with another data folder is refused") {
  TestNode& worker = Serving("message-1");
  worker.Die();
  Pass(600);
  TestNode& other = Worker("message-1", {.store = "an empty one"});
  // A store id is a name.
  CHECK(other.Refusal().find("store") != std::string::npos);
  TestNode& another = Worker("message-1", {.store = "an-empty-one"});
  CHECK(another.Refusal().find("another data folder") != std::string::npos);
  CHECK_FALSE(another.Slots().has_value());
}

TEST_CASE_METHOD(BusTest, "a known data folder under another name is refused, with the name it belongs to") {
  TestNode& worker = Serving("message-1");
  worker.Die();
  Pass(600);
  TestNode& renamed = Worker("message-9", {.store = "store-of-message-1"});
  CHECK(renamed.Refusal().find("belongs to message-1") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "one data folder cannot join twice while a module settles") {
  Worker("message-1", {.store = "shared"});
  TestNode& second = Worker("message-2", {.store = "shared"});
  CHECK(second.Refusal().find("in use by message-1") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "all nodes are told of slots that have a new primary") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& user = Serving("user-1", {.module = "user"});
  frontend.Take(Kind::kSlots);
  user.Take(Kind::kSlots);
  Serving("message-1");
  for (TestNode* node : {&frontend, &user}) {
    const auto notices = node->Take(Kind::kSlots);
    REQUIRE(notices.size() == 1);
    const auto notice = notices[0].As<wire::SlotsNotice>();
    CHECK(notice.module == "message");
    CHECK(notice.up);
    CHECK(notice.slots.size() == 256);
  }
}

TEST_CASE_METHOD(BusTest, "all nodes are told of slots that lost their primary, and of its return") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Take(Kind::kSlots);
  worker.Die();
  Pass(600);
  auto notices = frontend.Take(Kind::kSlots);
  REQUIRE(notices.size() == 1);
  CHECK_FALSE(notices[0].As<wire::SlotsNotice>().up);
  CHECK(notices[0].As<wire::SlotsNotice>().slots.size() == 256);
  worker.Restart();
  worker.Register();
  notices = frontend.Take(Kind::kSlots);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].As<wire::SlotsNotice>().up);
  CHECK(notices[0].As<wire::SlotsNotice>().slots[0] == wire::SlotEpoch{0, 2});
}

TEST_CASE_METHOD(
    BusTest, "a worker that registers again in the same life gets the same assignment again, and no notice goes out") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Take(Kind::kSlots);
  worker.Take(Kind::kAssign);
  worker.Register();
  CHECK(worker.CountOf(Kind::kAssign) == 1);
  CHECK(EpochsOf(worker) == std::set<int64_t>{1});
  CHECK(frontend.CountOf(Kind::kSlots) == 0);
}

TEST_CASE_METHOD(BusTest,
                 "a frontend that joins while a worker is away is told which slots are down, and when they are up") {
  TestNode& worker = Serving("message-1");
  worker.Die();
  Pass(600);
  TestNode& late = Frontend("frontend-2");
  const auto down = late.Take(Kind::kSlots);
  REQUIRE(down.size() == 1);
  CHECK_FALSE(down[0].As<wire::SlotsNotice>().up);
  CHECK(down[0].As<wire::SlotsNotice>().slots.size() == kSlots);
  worker.Restart();
  worker.Register();
  Settle();
  const auto up = late.Take(Kind::kSlots);
  REQUIRE(up.size() == 1);
  CHECK(up[0].As<wire::SlotsNotice>().up);
  CHECK(Frontend("frontend-3").CountOf(Kind::kSlots) == 0);
}

}  // namespace parley::bus
