#include "bus/pipe.h"

#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

// Takes as many batches as it is told to.
class Sink final : public Outbound {
 public:
  Sent Send(std::string_view, std::string_view batch) override {
    if (gone) return Sent::kGone;
    if (room == 0) return Sent::kFull;
    --room;
    batches.emplace_back(batch);
    return Sent::kYes;
  }
  int room = 1'000'000;
  bool gone = false;
  Texts batches;
};

std::string Encoded(size_t body_bytes, Kind kind = Kind::kPublish) {
  const std::string body(body_bytes, 'x');
  Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  std::string bytes;
  wire::Append(bytes, envelope);
  return bytes;
}

}  // namespace

TEST_CASE("what was appended leaves in order, in batches of bounded size") {
  Pipe pipe;
  std::string all;
  for (size_t i = 0; i < 2'000; ++i) {
    const std::string envelope = Encoded(i);
    pipe.Append(envelope);
    all += envelope;
  }
  CHECK(pipe.bytes() == all.size());
  Sink sink;
  CHECK(pipe.Flush("peer", sink, 0) == Sent::kYes);
  CHECK(pipe.empty());
  std::string got;
  for (const std::string& batch : sink.batches) {
    CHECK(batch.size() <= kBatchBytes);
    got += batch;
  }
  CHECK(got == all);
}

TEST_CASE("an envelope larger than a batch is a batch of its own") {
  Pipe pipe;
  pipe.Append(Encoded(10));
  pipe.Append(Encoded(3 * kBatchBytes));
  pipe.Append(Encoded(10));
  Sink sink;
  pipe.Flush("peer", sink, 0);
  CHECK(sink.batches.size() == 3);
}

TEST_CASE("what a full peer did not take stays, and since when is known") {
  Pipe pipe;
  for (int i = 0; i < 8; ++i) pipe.Append(Encoded(kBatchBytes / 2));
  Sink sink;
  sink.room = 2;
  CHECK(pipe.Flush("peer", sink, 77) == Sent::kFull);
  CHECK(pipe.stuck_since_ms() == 77);
  CHECK(pipe.Flush("peer", sink, 99) == Sent::kFull);
  CHECK(pipe.stuck_since_ms() == 77);
  sink.room = 100;
  CHECK(pipe.Flush("peer", sink, 111) == Sent::kYes);
  CHECK(pipe.stuck_since_ms() == 0);
  CHECK(sink.batches.size() == 8);
}

TEST_CASE("after a dropped event none gets through before the peer is told") {
  Pipe pipe;
  const std::string large = Encoded(kPipeEventBytesMax - 1'000);
  CHECK(pipe.AppendEvent(large, 0, NodeId{1}) == Pipe::Event::kTaken);
  CHECK(pipe.AppendEvent(Encoded(2'000), 0, NodeId{1}) == Pipe::Event::kDropped);
  CHECK(pipe.AppendEvent(Encoded(10), 0, NodeId{1}) == Pipe::Event::kDropped);
  Sink sink;
  pipe.Flush("peer", sink, 0);
  CHECK(pipe.AppendEvent(Encoded(10), 0, NodeId{1}) == Pipe::Event::kTaken);
  sink.batches.clear();
  pipe.Flush("peer", sink, 0);
  wire::BatchReader reader(sink.batches.at(0));
  CHECK(reader.Next()->kind == Kind::kDropped);
  CHECK(reader.Next()->kind == Kind::kEvent);
}

TEST_CASE("a peer that is gone takes nothing") {
  Pipe pipe;
  pipe.Append(Encoded(10));
  Sink sink;
  sink.gone = true;
  CHECK(pipe.Flush("peer", sink, 0) == Sent::kGone);
}

}  // namespace parley::bus
