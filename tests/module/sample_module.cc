#include "tests/module/sample_module.h"

namespace parley::sample {

using namespace module;

const std::vector<Route>& SampleModule::routes() const {
  static const std::vector<Route> kRoutes = {
      On<&SampleModule::DoAdd>(Access::kUser, {ByArgument("counter")}, Effect::kChanges, "Adds to a counter."),
      On<&SampleModule::DoGet>(Access::kAnonymous, {ByArgument("counter")}, Effect::kReads, "A counter's value."),
      On<&SampleModule::DoGetPage>(Access::kUser, {ByArgument("counter")}, Effect::kReads, "So many bytes.",
                                   {.lane = wire::Lane::kBackground}),
      On<&SampleModule::DoAddBoth>(Access::kUser, {ByArgument("counter")}, Effect::kChanges,
                                   "Adds one to two counters."),
      On<&SampleModule::DoAddAndTell>(Access::kUser, {ByArgument("counter")}, Effect::kChanges,
                                      "Adds one, and tells elsewhere."),
      On<&SampleModule::DoAddSlowly>(Access::kUser, {ByArgument("counter")}, Effect::kChanges, "Adds one, in the end."),
      On<&SampleModule::DoAddAndFail>(Access::kUser, {ByArgument("counter")}, Effect::kChanges, "Adds nothing."),
      On<&SampleModule::DoGuarded>(Access::kAdmin, {ByArgument("counter")}, Effect::kChanges, "Adds one.",
                                   {.audited = true}),
  };
  return kRoutes;
}

void SampleModule::OnRefused(Context& ctx, const Refusal& refusal) {
  const schema::Value counter = refusal.arguments.Find("counter");
  const bool told = counter.type() == schema::Type::kText;
  refusals.push_back(ctx.user().text() + " " + std::string(NameOf(refusal.error.code)) + " " +
                     (told ? std::string(counter.AsText()) : "-"));
  if (told) AddTo(ctx, std::string(counter.AsText()) + "-refused", 1);
}

Task<Result<Count>> SampleModule::DoGuarded(Context& ctx, Guarded request) {
  if (request.wait) CO_TRY(co_await ctx.Call("anything", Permit{}));
  const Count count = AddTo(ctx, request.counter, 1);
  if (request.fail) co_return Fail(Code::kConflict, "as asked");
  co_return count;
}

Count SampleModule::AddTo(Context& ctx, const std::string& counter, int64_t by) {
  Count count = ctx.view().Get(CounterRow{counter}).value_or(Count{});
  count.value += by;
  ctx.view().Put(CounterRow{counter}, count);
  ctx.Publish({.topics = {"counters"}, .except_caller_connection = true}, Added{counter, count.value});
  return count;
}

Result<Count> SampleModule::DoAdd(Context& ctx, const Add& request) {
  if (request.by == 0) return Fail(Code::kBadRequest, "by: must not be 0");
  return AddTo(ctx, request.counter, request.by);
}

Result<Count> SampleModule::DoGet(Context& ctx, const Get& request) {
  return ctx.view().Get(CounterRow{request.counter}).value_or(Count{});
}

Result<Page> SampleModule::DoGetPage(Context&, const GetPage& request) {
  return Page{std::string(static_cast<size_t>(request.bytes), 'x')};
}

Result<Count> SampleModule::DoAddBoth(Context& ctx, const AddBoth& request) {
  const Count count = AddTo(ctx, request.counter, 1);
  const Delivery delivery = ctx.Deliver(request.other, Add{request.other, 1, std::nullopt});
  if (request.wait) ctx.AnswerAfter(delivery);
  return count;
}

Result<Count> SampleModule::DoAddAndTell(Context& ctx, const AddAndTell& request) {
  const Count count = AddTo(ctx, request.counter, 1);
  ctx.AnswerAfter(ctx.Deliver("anything", Note{}));
  return count;
}

Task<Result<Count>> SampleModule::DoAddSlowly(Context& ctx, AddSlowly request) {
  CO_TRY_ASSIGN(const Count permit, co_await ctx.Call("anything", Permit{}));
  int64_t by = 0;
  if (!co_await ctx.Offload([&] { by = permit.value; })) co_return Fail(Code::kOverloaded, "too busy", 100);
  co_return AddTo(ctx, request.counter, by);
}

Result<Count> SampleModule::DoAddAndFail(Context& ctx, const AddAndFail& request) {
  AddTo(ctx, request.counter, 1);
  return Fail(Code::kConflict, "as asked");
}

}  // namespace parley::sample
