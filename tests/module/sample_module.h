// The smallest module that uses all of the kit: counters that are added to, and that tell each other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/module/route.h"

namespace parley::sample {

using schema::Optional;
using schema::Required;

struct Count {
  int64_t value = 0;
  static constexpr auto kFields = std::tuple{Required("value", &Count::value, "of the counter")};
};

struct Add {  // sample.add
  std::string counter;
  int64_t by = 0;
  std::optional<std::string> id;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.add";
  static constexpr auto kFields =
      std::tuple{Required("counter", &Add::counter), Required("by", &Add::by), Optional("id", &Add::id)};
};

struct Get {  // sample.get
  std::string counter;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.get";
  static constexpr auto kFields = std::tuple{Required("counter", &Get::counter)};
};

struct Page {
  std::string text;
  static constexpr auto kFields = std::tuple{Required("text", &Page::text)};
};

// A large answer, of the background lane.
struct GetPage {  // sample.get_page
  std::string counter;
  int64_t bytes = 0;
  using Reply = Page;
  static constexpr std::string_view kMethod = "sample.get_page";
  static constexpr auto kFields =
      std::tuple{Required("counter", &GetPage::counter), Required("bytes", &GetPage::bytes)};
};

// Adds to one counter and, through the outbox, to another.
struct AddBoth {  // sample.add_both
  std::string counter, other;
  bool wait = false;
  std::optional<std::string> id;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.add_both";
  static constexpr auto kFields = std::tuple{Required("counter", &AddBoth::counter), Required("other", &AddBoth::other),
                                             Optional("wait", &AddBoth::wait), Optional("id", &AddBoth::id)};
};

// Adds, and answers once another module knows of it.
struct AddAndTell {  // sample.add_and_tell
  std::string counter;
  std::optional<std::string> id;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.add_and_tell";
  static constexpr auto kFields =
      std::tuple{Required("counter", &AddAndTell::counter), Optional("id", &AddAndTell::id)};
};

struct Note {  // elsewhere.note
  using Reply = Count;
  static constexpr std::string_view kMethod = "elsewhere.note";
  static constexpr std::tuple<> kFields{};
};

// Asks another module, then a helper thread, then adds.
struct AddSlowly {  // sample.add_slowly
  std::string counter;
  std::optional<std::string> id;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.add_slowly";
  static constexpr auto kFields = std::tuple{Required("counter", &AddSlowly::counter), Optional("id", &AddSlowly::id)};
};

struct Permit {  // elsewhere.permit
  using Reply = Count;
  static constexpr std::string_view kMethod = "elsewhere.permit";
  static constexpr std::tuple<> kFields{};
};

// Writes and publishes, and then fails.
struct AddAndFail {  // sample.add_and_fail
  std::string counter;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.add_and_fail";
  static constexpr auto kFields = std::tuple{Required("counter", &AddAndFail::counter)};
};

// For administrators; every call that comes to nothing is noted in the counter `refused`.
struct Guarded {  // sample.guarded
  std::string counter;
  bool wait = false;
  bool fail = false;
  std::optional<std::string> id;
  using Reply = Count;
  static constexpr std::string_view kMethod = "sample.guarded";
  static constexpr auto kFields = std::tuple{Required("counter", &Guarded::counter), Optional("wait", &Guarded::wait),
                                             Optional("fail", &Guarded::fail), Optional("id", &Guarded::id)};
};

struct Added {  // told to the topic `counters`
  std::string counter;
  int64_t value = 0;
  static constexpr std::string_view kMethod = "sample.added";
  static constexpr auto kFields = std::tuple{Required("counter", &Added::counter), Required("value", &Added::value)};
};

//   'c' name   a counter
struct CounterRow {
  static constexpr char kTable = 'c';
  std::string name;
  static constexpr auto kKey = std::tuple{&CounterRow::name};
  using Value = Count;
};

class SampleModule final : public module::Module {
 public:
  explicit SampleModule(module::Host&) {}
  const std::vector<module::Route>& routes() const override;
  void OnSlotGained(Slot) override { ++slots_gained; }
  void OnRefused(module::Context& ctx, const module::Refusal& refusal) override;

  int slots_gained = 0;
  std::vector<std::string> refusals;  // user, code and the counter it was about

  Result<Count> DoAdd(module::Context& ctx, const Add& request);
  Result<Count> DoGet(module::Context& ctx, const Get& request);
  Result<Page> DoGetPage(module::Context& ctx, const GetPage& request);
  Result<Count> DoAddBoth(module::Context& ctx, const AddBoth& request);
  Result<Count> DoAddAndTell(module::Context& ctx, const AddAndTell& request);
  module::Task<Result<Count>> DoAddSlowly(module::Context& ctx, AddSlowly request);
  Result<Count> DoAddAndFail(module::Context& ctx, const AddAndFail& request);
  module::Task<Result<Count>> DoGuarded(module::Context& ctx, Guarded request);

 private:
  static Count AddTo(module::Context& ctx, const std::string& counter, int64_t by);
};

}  // namespace parley::sample
