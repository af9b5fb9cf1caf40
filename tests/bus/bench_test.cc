// What one envelope costs the bus without its socket: `test_bus "[bench]"` of a release build prints it.
#include <cstdio>
#include <ctime>

#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

int64_t CpuNs() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// Takes everything and keeps nothing.
class Drain final : public Outbound {
 public:
  Sent Send(std::string_view, std::string_view batch) override {
    bytes += batch.size();
    return Sent::kYes;
  }
  size_t bytes = 0;
};

}  // namespace

TEST_CASE_METHOD(BusTest, "cost of an envelope through the bus", "[.][bench]") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1'000'000, .window_bytes = 1 << 30});
  std::vector<std::string> topics;
  for (int i = 0; i < 10'000; ++i) topics.push_back("user:u" + std::to_string(i));
  frontend.Subscribe(topics);
  Drain drain;
  const std::string body(200, 'x');
  const std::string& from_frontend = frontend.identity();
  const std::string& from_worker = worker.identity();
  constexpr int kRounds = 2'000, kBatch = 64;
  int64_t request_ns = 0, reply_ns = 0, event_ns = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string requests, replies, events;
    for (int i = 0; i < kBatch; ++i) {
      Envelope e;
      e.kind = Kind::kRequest;
      e.module = "message";
      e.method = "message.send";
      e.user = "alice";
      e.session = "0123456789abcdef";
      e.address = "127.0.0.1";
      e.ttl_ms = 10'000;
      e.body = body;
      e.slot = static_cast<Slot>(i * 4);
      e.request = RequestId::Random();
      wire::Append(requests, e);
      Envelope reply;
      reply.kind = Kind::kReply;
      reply.request = e.request;
      reply.target = frontend.id();
      reply.body = "0123456789";
      wire::Append(replies, reply);
      const std::string head =
          wire::EncodeHead({{topics[static_cast<size_t>(round * 64 + i) % topics.size()]}, 0, {}, {}});
      Envelope event;
      event.kind = Kind::kPublish;
      event.method = "message.new";
      event.extra = head;
      event.body = body;
      wire::Append(events, event);
    }
    now.mono_ms += 1;
    const int64_t t0 = CpuNs();
    router->OnBatch(from_frontend, requests, now);
    router->Flush(drain, now);
    const int64_t t1 = CpuNs();
    router->OnBatch(from_worker, replies, now);
    router->Flush(drain, now);
    const int64_t t2 = CpuNs();
    router->OnBatch(from_worker, events, now);
    router->Flush(drain, now);
    const int64_t t3 = CpuNs();
    router->Tick(now);
    request_ns += t1 - t0;
    reply_ns += t2 - t1;
    event_ns += t3 - t2;
  }
  const int64_t count = int64_t{kRounds} * kBatch;
  std::printf("ns of CPU per envelope: request %ld, reply %ld, event %ld\n", static_cast<long>(request_ns / count),
              static_cast<long>(reply_ns / count), static_cast<long>(event_ns / count));
  CHECK(Counted(Count::kRequests) == static_cast<uint64_t>(count));
  CHECK(Counted(Count::kEvents) == static_cast<uint64_t>(count));
  CHECK(Counted(Count::kReplies) == static_cast<uint64_t>(count));
  CHECK(worker.registration.window_requests > 0);
}

}  // namespace parley::bus
