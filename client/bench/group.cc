#include "client/bench/group.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "client/bench/ledger.h"
#include "client/bench/stream.h"
#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kUnhandledBytesMax = 2 * 1024 * 1024;
constexpr size_t kSentKept = 1 << 16;

int64_t NowNs() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

// One member who is online.
class Hearer final : private io::Watcher {
 public:
  Hearer(GroupLoad& load, int fd) : load_(load), fd_(fd) { load_.loop_.Watch(fd_, io::kReadable, this); }
  ~Hearer() { Disconnect(); }

  void Write(const std::string& group, const std::string& tag, size_t body_bytes, uint32_t in_flight) {
    message_ = std::make_unique<Message>(group, tag, body_bytes);
    slots_.resize(in_flight);
    for (uint32_t slot = 0; slot < in_flight; ++slot) SendNext(slot);
  }

  [[nodiscard]] uint64_t seen() const { return heard_ + acknowledged_; }
  [[nodiscard]] uint64_t open() const { return open_; }
  [[nodiscard]] uint64_t twice() const { return twice_; }
  [[nodiscard]] uint64_t disordered() const { return disordered_; }
  [[nodiscard]] const Density& density() const { return density_; }
  [[nodiscard]] bool connected() const { return fd_ >= 0; }

 private:
  void OnReady(uint32_t) override {
    char* const in = load_.scratch_.data();
    const size_t before = unhandled_.size();
    if (before > 0) std::memcpy(in, unhandled_.data(), before);
    const ssize_t n = recv(fd_, in + before, kReadBytes, 0);
    if (n <= 0) {
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      ++load_.lost_connections_;
      return Disconnect();
    }
    const size_t size = before + static_cast<size_t>(n);
    const int64_t now_ns = NowNs();
    size_t used = 0;
    while (used < size) {
      Stream stream({in + used, size - used});
      HandleOne(stream, now_ns);
      if (!stream.ok()) break;
      used = static_cast<size_t>(stream.at() - in);
    }
    unhandled_.assign(in + used, size - used);
    if (unhandled_.size() <= kUnhandledBytesMax) return;
    ++load_.lost_connections_;
    Disconnect();
  }

  // Changes nothing unless the whole message is there.
  void HandleOne(Stream& stream, int64_t now_ns) {
    const uint32_t parts = stream.List();
    const uint64_t kind = stream.Uint();
    if (kind == 1 && parts == 4) {
      HandleAnswer(stream, now_ns);
    } else if (kind == 2 && parts == 3) {
      HandlePush(stream, now_ns);
    } else {
      for (uint32_t i = 1; i < parts && stream.ok(); ++i) stream.Skip();
    }
  }

  void HandleAnswer(Stream& stream, int64_t now_ns) {
    const uint64_t msgid = stream.Uint();
    const bool good = stream.Nil();
    uint64_t seq = 0;
    std::string_view code;
    const uint32_t pairs = stream.Map();
    for (uint32_t i = 0; i < pairs && stream.ok(); ++i) {
      const std::string_view key = stream.Text();
      if (good && key == "seq") {
        seq = stream.Uint();
      } else if (!good && key == "code") {
        code = stream.Text();
      } else {
        stream.Skip();
      }
    }
    if (!good) stream.Skip();  // the result
    if (!stream.ok() || msgid >= slots_.size()) return;
    --open_;
    if (!good) {
      ++load_.errors_[std::string(code)];  // and this slot is silent from now on
      return;
    }
    load_.answer_latencies_.Record(now_ns - slots_[msgid]);
    ++acknowledged_;
    ++load_.acknowledged_;
    density_.Saw(seq);
    if (!load_.finishing_) SendNext(static_cast<uint32_t>(msgid));
  }

  void HandlePush(Stream& stream, int64_t now_ns) {
    if (stream.Text() != "message.new") return stream.Skip();
    if (stream.List() != 1) return stream.Skip();
    uint64_t seq = 0;
    std::string_view body;
    const uint32_t pairs = stream.Map();
    for (uint32_t i = 0; i < pairs && stream.ok(); ++i) {
      const std::string_view key = stream.Text();
      if (key == "seq") {
        seq = stream.Uint();
      } else if (key == "body") {
        body = stream.Text();
      } else {
        stream.Skip();
      }
    }
    if (!stream.ok()) return;
    const auto number = Message::NumberOf(body);
    if (!number) return;  // not of this load: a member who joined
    load_.hearing_latencies_.Record(now_ns - load_.sent_ns_[*number % kSentKept]);
    if (seq == last_seq_) ++twice_;
    if (seq < last_seq_) ++disordered_;
    last_seq_ = std::max(last_seq_, seq);
    ++heard_;
    ++load_.heard_;
    density_.Saw(seq);
  }

  void SendNext(uint32_t slot) {
    char out[20'000];
    const uint32_t number = load_.next_number_++;
    const char* const end = message_->WriteTo(out, slot, number);
    slots_[slot] = load_.sent_ns_[number % kSentKept] = NowNs();
    ++open_;
    // A few messages in flight always fit the socket's buffer.
    const ssize_t n = send(fd_, out, static_cast<size_t>(end - out), MSG_NOSIGNAL);
    if (n == end - out) return;
    ++load_.lost_connections_;
    Disconnect();
  }

  void Disconnect() {
    if (fd_ < 0) return;
    load_.loop_.Unwatch(fd_, this);
    close(std::exchange(fd_, -1));
  }

  GroupLoad& load_;
  int fd_;
  std::unique_ptr<Message> message_;  // of who writes
  std::vector<int64_t> slots_;        // when each message in flight was sent; the index is the msgid
  uint64_t open_ = 0, acknowledged_ = 0, heard_ = 0;
  uint64_t last_seq_ = 0, twice_ = 0, disordered_ = 0;
  Density density_;
  std::string unhandled_;
};

GroupLoad::GroupLoad(io::Loop& loop, const std::vector<int>& fds, size_t writers, const std::string& group,
                     size_t body_bytes, uint32_t in_flight)
    : loop_(loop), scratch_(kReadBytes + kUnhandledBytesMax), sent_ns_(kSentKept) {
  PARLEY_CHECK(writers <= fds.size());
  for (const int fd : fds) hearers_.push_back(std::make_unique<Hearer>(*this, fd));
  start_ = [this, writers, group, body_bytes, in_flight] {
    const std::string run = RandomHex(6);
    for (size_t i = 0; i < writers; ++i) {
      hearers_[i]->Write(group, run + std::to_string(i), body_bytes, in_flight);
    }
  };
}

GroupLoad::~GroupLoad() = default;

void GroupLoad::Start() { start_(); }

bool GroupLoad::quiet() const {
  return std::ranges::all_of(hearers_, [&](const auto& hearer) {
    return !hearer->connected() || (hearer->open() == 0 && hearer->seen() >= acknowledged_);
  });
}

GroupTotals GroupLoad::Count() const {
  GroupTotals totals;
  totals.acknowledged = acknowledged_;
  totals.heard = heard_;
  for (const auto& hearer : hearers_) {
    totals.missing += acknowledged_ - std::min(hearer->seen(), acknowledged_);
    totals.twice += hearer->twice();
    totals.disordered += hearer->disordered();
    totals.unanswered += hearer->open();
    totals.gaps += hearer->density().Holds(acknowledged_) ? 0 : 1;
  }
  return totals;
}

}  // namespace parley::bench
