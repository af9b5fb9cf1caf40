#include "client/bench/chat.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "client/bench/stream.h"
#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kUnhandledBytesMax = 2 * 1024 * 1024;
constexpr int64_t kRetryMs = 100;

int64_t NowNs() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

// One user: a connection that sends, and hears its partner.
class Talker final : private io::Watcher {
 public:
  Talker(ChatLoad& load, int fd, std::string_view partner, std::string_view tag, size_t body_bytes, uint32_t in_flight)
      : load_(load), fd_(fd), message_(partner, tag, body_bytes), slots_(in_flight) {
    load_.loop_.Watch(fd_, io::kReadable, this);
  }
  ~Talker() { Disconnect(); }

  void MeetPartner(Talker* partner) { partner_ = partner; }
  void Start() {
    char* out = load_.scratch_out_.data();
    const int64_t now_ns = NowNs();
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) out = Next(out, slot, now_ns);
    Send(out);
  }

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const Density& density() const { return density_; }
  [[nodiscard]] uint64_t open() const { return open_; }
  [[nodiscard]] bool connected() const { return fd_ >= 0; }

 private:
  struct Slot {
    uint32_t number = 0;
    int64_t sent_ns = 0;
  };

  void OnReady(uint32_t ready) override {
    if ((ready & io::kWritable) != 0 && !unsent_.empty()) SendUnsent();
    if ((ready & (io::kReadable | io::kHangUp)) != 0) Receive();
  }

  void Receive() {
    char* const in = load_.scratch_in_.data();
    const size_t before = unhandled_.size();
    if (before > 0) std::memcpy(in, unhandled_.data(), before);
    const ssize_t n = recv(fd_, in + before, kReadBytes, 0);
    if (n <= 0) {
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      return Lost();
    }
    const size_t size = before + static_cast<size_t>(n);
    char* out = load_.scratch_out_.data();
    const size_t used = HandleAll({in, size}, out);
    unhandled_.assign(in + used, size - used);
    if (unhandled_.size() > kUnhandledBytesMax) return Lost();
    if (out != load_.scratch_out_.data()) Send(out);
  }

  // Returns how many bytes were whole messages. What is to be sent is written at `out`.
  size_t HandleAll(std::string_view bytes, char*& out) {
    const int64_t now_ns = NowNs();
    size_t used = 0;
    while (used < bytes.size()) {
      Stream stream(bytes.substr(used));
      HandleOne(stream, out, now_ns);
      if (!stream.ok()) break;
      used = static_cast<size_t>(stream.at() - bytes.data());
    }
    return used;
  }

  // Changes nothing unless the whole message is there.
  void HandleOne(Stream& stream, char*& out, int64_t now_ns) {
    const uint32_t parts = stream.List();
    const uint64_t kind = stream.Uint();
    if (kind == 1 && parts == 4) {
      HandleAnswer(stream, out, now_ns);
    } else if (kind == 2 && parts == 3) {
      HandlePush(stream);
    } else {
      for (uint32_t i = 1; i < parts && stream.ok(); ++i) stream.Skip();
    }
  }

  void HandleAnswer(Stream& stream, char*& out, int64_t now_ns) {
    const uint64_t msgid = stream.Uint();
    if (!stream.Nil()) return HandleError(stream, msgid);
    uint64_t seq = 0;
    const uint32_t pairs = stream.Map();
    for (uint32_t i = 0; i < pairs && stream.ok(); ++i) {
      if (stream.Text() == "seq") {
        seq = stream.Uint();
      } else {
        stream.Skip();
      }
    }
    if (!stream.ok() || msgid >= slots_.size()) return;
    const auto slot = static_cast<uint32_t>(msgid);
    load_.latencies_.Record(now_ns - slots_[slot].sent_ns);
    ledger_.Acknowledged(slots_[slot].number, seq);
    density_.Saw(seq);
    --open_;
    if (!load_.finishing_) out = Next(out, slot, now_ns);
  }

  // The same message again, under the same id, after a while; or the next one, where again would not help.
  void HandleError(Stream& stream, uint64_t msgid) {
    std::string_view code;
    bool retryable = false;
    uint64_t after_ms = kRetryMs;
    const uint32_t pairs = stream.Map();
    for (uint32_t i = 0; i < pairs && stream.ok(); ++i) {
      const std::string_view key = stream.Text();
      if (key == "code") {
        code = stream.Text();
      } else if (key == "retryable") {
        retryable = stream.ok() && *stream.at() == '\xC3';
        stream.Skip();
      } else if (key == "retry_after_ms") {
        after_ms = stream.Uint();
      } else {
        stream.Skip();
      }
    }
    stream.Skip();  // the result
    if (!stream.ok() || msgid >= slots_.size()) return;
    ++load_.errors_[std::string(code)];
    const auto slot = static_cast<uint32_t>(msgid);
    load_.loop_.After(static_cast<int64_t>(after_ms), [this, slot, retryable] {
      if (!connected()) return;
      char* out = load_.scratch_out_.data();
      if (retryable) return Send(message_.WriteTo(out, slot, slots_[slot].number));
      --open_;
      if (!load_.finishing_) Send(Next(out, slot, NowNs()));
    });
  }

  void HandlePush(Stream& stream) {
    const bool is_record = stream.Text() == "message.new";
    if (!is_record) return stream.Skip();
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
    // A record that this load did not send (somebody else chats with its users) breaks the density, and is seen there.
    if (const auto number = Message::NumberOf(body)) partner_->ledger_.Received(*number, seq);
    density_.Saw(seq);
  }

  char* Next(char* out, uint32_t slot, int64_t now_ns) {
    slots_[slot] = {next_number_++, now_ns};
    ++open_;
    return message_.WriteTo(out, slot, slots_[slot].number);
  }

  // Sends what was written from the start of the scratch buffer up to `end`.
  void Send(const char* end) {
    const char* const begin = load_.scratch_out_.data();
    const auto size = static_cast<size_t>(end - begin);
    if (!unsent_.empty()) {
      unsent_.append(begin, size);
      return;
    }
    const ssize_t n = send(fd_, begin, size, MSG_NOSIGNAL);
    if (n == static_cast<ssize_t>(size)) return;
    if (n < 0 && errno != EAGAIN) return;  // the reading side sees the end
    unsent_.assign(begin + (n > 0 ? n : 0), end);
    load_.loop_.Rewatch(fd_, io::kReadable | io::kWritable, this);
  }

  void SendUnsent() {
    const ssize_t n = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n > 0) unsent_.erase(0, static_cast<size_t>(n));
    if (unsent_.empty()) load_.loop_.Rewatch(fd_, io::kReadable, this);
  }

  void Lost() {
    ++load_.lost_connections_;
    Disconnect();
  }

  void Disconnect() {
    if (fd_ < 0) return;
    load_.loop_.Unwatch(fd_, this);
    close(std::exchange(fd_, -1));
  }

  ChatLoad& load_;
  int fd_;
  Talker* partner_ = nullptr;
  const Message message_;
  std::vector<Slot> slots_;  // one for each message in flight; its index is the msgid
  uint32_t next_number_ = 0;
  uint64_t open_ = 0;
  Ledger ledger_;    // of what this one sends
  Density density_;  // of what it sees of the conversation
  std::string unhandled_, unsent_;
};

ChatLoad::ChatLoad(io::Loop& loop, const std::vector<int>& fds, const std::vector<std::string>& users,
                   size_t body_bytes, uint32_t in_flight)
    : loop_(loop) {
  PARLEY_CHECK(fds.size() == users.size() && fds.size() % 2 == 0);
  const std::string run = RandomHex(6);
  for (size_t i = 0; i < fds.size(); ++i) {
    talkers_.push_back(std::make_unique<Talker>(*this, fds[i], users[i ^ 1], run, body_bytes, in_flight));
  }
  for (size_t i = 0; i < talkers_.size(); ++i) talkers_[i]->MeetPartner(talkers_[i ^ 1].get());
  scratch_in_.resize(kReadBytes + kUnhandledBytesMax);
  // One read answers at most all that is in flight.
  scratch_out_.resize(in_flight * Message(users[0], run, body_bytes).size() + 256 * in_flight);
}

ChatLoad::~ChatLoad() = default;

void ChatLoad::Start() {
  for (const auto& talker : talkers_) talker->Start();
}

bool ChatLoad::quiet() const {
  return std::ranges::all_of(talkers_, [](const auto& talker) {
    return !talker->connected() || (talker->open() == 0 && talker->ledger().missing() == 0);
  });
}

ChatTotals ChatLoad::Count() const {
  ChatTotals totals;
  for (size_t i = 0; i < talkers_.size(); ++i) {
    const Ledger& ledger = talkers_[i]->ledger();
    totals.acknowledged += ledger.acknowledged();
    totals.received += ledger.received();
    totals.delivered += ledger.delivered();
    totals.missing += ledger.missing();
    totals.unanswered += talkers_[i]->open();
    totals.twice += ledger.twice();
    totals.disordered += ledger.disordered();
    totals.disagreeing += ledger.agrees() ? 0 : 1;
    const uint64_t records = ledger.acknowledged() + talkers_[i ^ 1]->ledger().received();
    totals.gaps += talkers_[i]->density().Holds(records) ? 0 : 1;
  }
  return totals;
}

}  // namespace parley::bench
