#include "tests/conformance/all_modules.h"

#include "common/module/idempotence.h"
#include "common/module/outbox.h"
#include "common/module/ownership.h"
#include "common/wire/control.h"
#include "common/wire/operator.h"
#include "common/wire/publication.h"
#include "common/wire/trace.h"
#include "frontend/messages.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {
namespace {

class NoHost final : public module::Host {
 public:
  const Now& now() const override { return now_; }
  bool Owns(Slot) const override { return false; }
  void InSlot(Slot, const std::function<void(module::Context&)>&) override {}

 private:
  Now now_;
};

}  // namespace

module::Host& Nowhere() {
  static NoHost host;
  return host;
}

std::vector<ModuleShape> AllModules() {
  std::vector<ModuleShape> modules;
  modules.push_back(User());
  modules.push_back(Message());
  modules.push_back(Friends());
  modules.push_back(Group());
  modules.push_back(Admin());
  return modules;
}

SessionShape SessionMethods() {
  using namespace frontend;
  SessionShape shape;
  AddRequests<Hello, Ping, Methods, Trace>(shape.requests, shape.replies);
  shape.docs = {std::string(Hello::kDoc), std::string(Ping::kDoc), std::string(Methods::kDoc),
                std::string(Trace::kDoc)};
  shape.access = {Hello::kAccess, Ping::kAccess, Methods::kAccess, Trace::kAccess};
  shape.events = Shapes<Closed, Resync>();
  return shape;
}

std::vector<RowShape> KitRows() {
  return RowShapes<module::ClientIdRow, module::RequestIdRow, module::IntentRow, module::OwnedRow>();
}

std::vector<Shape> BusMessages() {
  using namespace wire;
  return Shapes<Registration, Welcome, Refused, Assignment, SlotsNotice, RoutesNotice, Topics, NodeGone, Directives,
                DrainNotice, Figures, AskNodes, NodesState, AskSlots, SlotsState, AskDrain, AskUndrain, Left, MoveStep,
                SlotPart, Hop>();
}

}  // namespace parley::conformance
