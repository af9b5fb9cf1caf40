#include "common/module/invocation.h"

#include "common/base/check.h"
#include "common/module/idempotence.h"
#include "common/module/worker.h"

namespace parley::module {

ReplyTo AskerOf(const wire::Envelope& request) {
  return {request.source, request.request, request.connection, (request.flags & wire::kTraced) != 0};
}

Invocation::Invocation(Worker& worker, const wire::Envelope& request, std::string key)
    : worker_(worker),
      context_(*this),
      caller_(wire::CallerOf(request)),
      key_(std::move(key)),
      slot_(request.slot),
      request_(request.request),
      method_(request.method),
      notify_((request.flags & wire::kNotify) != 0),
      resent_((request.flags & wire::kResent) != 0) {}

Invocation::~Invocation() = default;

bool Invocation::AnsweredBefore(const std::optional<std::string>& client_id, uint64_t arguments_hash) {
  arguments_hash_ = arguments_hash;
  idempotence_key_ = client_id ? store::KeyOf(slot_, ClientIdRow{key_, caller_.user.text(), *client_id})
                               : store::KeyOf(slot_, RequestIdRow{request_.Hex()});
  return worker_.AnsweredBefore(*this);
}

void Invocation::FinishEncoded(Result<std::string> result) {
  PARLEY_CHECK(!finished_);
  finished_ = true;
  worker_.Finish(*this, std::move(result));
}

}  // namespace parley::module
