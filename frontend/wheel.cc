#include "frontend/wheel.h"

#include <algorithm>

namespace parley::frontend {

Wheel::Wheel(int64_t now_ms) : tick_(now_ms / kTickMs) {
  for (Spoke& bucket : buckets_) bucket.next_ = bucket.previous_ = &bucket;
}

void Wheel::Unlink(Spoke& spoke) {
  spoke.previous_->next_ = spoke.next_;
  spoke.next_->previous_ = spoke.previous_;
  spoke.next_ = spoke.previous_ = nullptr;
}

void Wheel::Splice(Spoke& from, Spoke& to) {
  if (from.next_ == &from) {
    to.next_ = to.previous_ = &to;
    return;
  }
  to.next_ = from.next_;
  to.previous_ = from.previous_;
  to.next_->previous_ = to.previous_->next_ = &to;
  from.next_ = from.previous_ = &from;
}

void Wheel::Put(Spoke& spoke, int64_t due_ms) {
  if (spoke.on_wheel()) Unlink(spoke);
  spoke.due_ms_ = due_ms;
  // Rounded up: the bucket of a tick is looked at once that tick has begun.
  const int64_t tick = std::clamp((due_ms + kTickMs - 1) / kTickMs, tick_ + 1, tick_ + kBuckets - 1);
  Spoke& bucket = BucketOf(tick);
  spoke.previous_ = bucket.previous_;
  spoke.next_ = &bucket;
  bucket.previous_->next_ = &spoke;
  bucket.previous_ = &spoke;
}

void Wheel::Remove(Spoke& spoke) {
  if (spoke.on_wheel()) Unlink(spoke);
}

}  // namespace parley::frontend
