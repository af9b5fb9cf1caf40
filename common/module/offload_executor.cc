#include "common/module/offload_executor.h"

#include "common/base/now.h"

namespace parley::module {

bool OffloadExecutor::Run(std::function<void()> work, std::function<void()> then) {
  struct Times {
    int64_t asked_us, began_us = 0, ended_us = 0;
  };
  auto times = std::make_shared<Times>(Times{ReadClocks().mono_us});
  const bool taken = offload_.Run(
      [times, work = std::move(work)] {
        times->began_us = ReadClocks().mono_us;
        work();
        times->ended_us = ReadClocks().mono_us;
      },
      [this, times, then = std::move(then)] {
        waits_.Add(times->began_us - times->asked_us);
        times_.Add(times->ended_us - times->began_us);
        then();
      });
  if (!taken) ++refused_;
  return taken;
}

}  // namespace parley::module
