#include "client/bench/opening.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "client/arguments.h"
#include "client/backoff.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/schema/framer.h"
#include "common/schema/rpc.h"

namespace parley::bench {
namespace {

constexpr int kTriesMax = 50;
constexpr size_t kLoopbackSources = 250;

// A load from one machine has more connections than one address has ports: on the loopback, spread them over many.
void BindSource(int fd, const client::SocketAddress& server, size_t index) {
  if (server.family() != AF_INET) return;
  const auto& to = *reinterpret_cast<const sockaddr_in*>(server.get());
  if ((ntohl(to.sin_addr.s_addr) >> 24) != 127) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl((127U << 24) + 2 + static_cast<uint32_t>(index % kLoopbackSources));
  // Where it is refused, the system chooses: fewer connections fit, nothing else changes.
  [[maybe_unused]] const int ignored = bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from);
}

}  // namespace

// One connection on its way: connect, then resume; or log in, where needed after registering.
class Opening final : private io::Watcher {
 public:
  Opening(Openings& owner, size_t index, const Account& account)
      : owner_(owner), loop_(owner.loop_), index_(index), account_(account) {}
  ~Opening() {
    if (timer_ != 0) loop_.Cancel(timer_);
    if (fd_ >= 0) Release();
  }

  void Start() {
    fd_ = socket(owner_.server_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return owner_.Failed(*this, std::string("socket: ") + std::strerror(errno));
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    BindSource(fd_, owner_.server_, index_);
    connecting_ = true;
    if (connect(fd_, owner_.server_.get(), owner_.server_.size) != 0 && errno != EINPROGRESS) {
      const std::string problem = std::strerror(errno);
      close(std::exchange(fd_, -1));
      return Retry("connect: " + problem, 0);
    }
    loop_.Watch(fd_, io::kWritable, this);
  }

  [[nodiscard]] size_t index() const { return index_; }
  [[nodiscard]] const Account& account() const { return account_; }

 private:
  void OnReady(uint32_t) override {
    if (!connecting_) return Receive();
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Retry(std::string("connect: ") + std::strerror(error), 0);
    connecting_ = false;
    loop_.Rewatch(fd_, io::kReadable, this);
    AskNext();
  }

  void AskNext() {
    token_ = owner_.tokens_.TokenOf(account_);
    const std::string device = "parley-bench " + std::to_string(account_.session);
    if (!token_.empty()) return Ask("user.resume", client::Arguments().Text("token", token_).Text("device", device));
    client::Arguments who;
    who.Text("user", account_.user).Text("password", owner_.tokens_.password());
    // The first session of a user is the one that makes the account.
    if (!registered_ && account_.session == 0) return Ask("user.register", who);
    Ask("user.login", who.Text("device", device));
  }

  void Ask(std::string method, const client::Arguments& arguments) {
    asked_ = std::move(method);
    std::string bytes;
    schema::AppendRequest(bytes, ++msgid_, asked_, arguments.Encoded());
    // The first few hundred bytes of a connection always fit its buffer.
    if (send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      Retry("the connection broke while logging in", 0);
    }
  }

  void Receive() {
    char bytes[4096];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return Retry("the server closed the connection while logging in" + last_words_, 0);
    in_.append(bytes, static_cast<size_t>(n));
    for (;;) {
      schema::Framer framer(limits::kResponseBytesMax, limits::kDepthMax);
      const schema::Framer::State state = framer.Scan(in_);
      if (state == schema::Framer::State::kNeedMore) return;
      if (state != schema::Framer::State::kComplete)
        return owner_.Failed(*this, "the server does not speak MessagePack");
      const std::string message = in_.substr(0, framer.size());
      in_.erase(0, framer.size());
      if (Handle(message)) return;
    }
  }

  // True when this opening is over, or starts over.
  bool Handle(std::string_view bytes) {
    schema::Parser parser;
    const schema::RpcMessage message = schema::ParseRpc(parser, bytes, limits::kDepthMax);
    if (message.kind == schema::RpcKind::kNotification) {
      const schema::Value text = message.arguments.Find("message");
      if (text.type() == schema::Type::kText) last_words_ = ": " + std::string(text.AsText());
      return false;
    }
    if (message.kind != schema::RpcKind::kResponse || message.msgid != msgid_) return false;
    return message.error.is_nil() ? Succeeded(message.result) : Refused(schema::ErrorOf(message.error));
  }

  bool Succeeded(const schema::Value& result) {
    if (asked_ == "user.register") {
      registered_ = true;
      ++owner_.counts_.registered;
      AskNext();
      return false;
    }
    ++(asked_ == "user.resume" ? owner_.counts_.resumed : owner_.counts_.logged_in);
    const schema::Value token = result.Find("token");
    if (token.type() == schema::Type::kText) owner_.tokens_.Keep(account_, std::string(token.AsText()));
    loop_.Unwatch(fd_, this);
    owner_.Opened(*this, std::exchange(fd_, -1));  // ends this
    return true;
  }

  bool Refused(const Error& error) {
    if (asked_ == "user.register" && error.code == Code::kExists) {
      registered_ = true;
    } else if (asked_ == "user.resume" && error.code == Code::kUnauthenticated) {
      owner_.tokens_.Forget(account_);
    } else if (RowOf(error.code).retryable) {
      Retry(asked_ + ": " + error.message, error.retry_after_ms);
      return true;
    } else {
      owner_.Failed(*this, asked_ + " " + account_.user + ": " + error.message);
      return true;
    }
    AskNext();
    return false;
  }

  void Retry(std::string problem, int64_t after_ms) {
    if (++tries_ > kTriesMax) return owner_.Failed(*this, std::move(problem));
    Release();
    in_.clear();
    timer_ = loop_.After(backoff_.Next(after_ms, RandomU64()), [this] {
      timer_ = 0;
      Start();
    });
  }

  void Release() {
    if (fd_ < 0) return;
    loop_.Unwatch(fd_, this);
    close(std::exchange(fd_, -1));
  }

  Openings& owner_;
  io::Loop& loop_;
  const size_t index_;
  const Account account_;
  int fd_ = -1;
  bool connecting_ = false;
  bool registered_ = false;
  int tries_ = 0;
  io::TimerId timer_ = 0;
  client::Backoff backoff_{50, 2'000};
  uint32_t msgid_ = 0;
  std::string asked_, token_, in_, last_words_;
};

Openings::Openings(io::Loop& loop, client::SocketAddress server, Accounts& tokens, std::vector<Account> accounts,
                   size_t at_once, OnOpen on_open)
    : loop_(loop),
      server_(server),
      tokens_(tokens),
      accounts_(std::move(accounts)),
      at_once_(at_once),
      first_sessions_(static_cast<size_t>(
          std::ranges::count_if(accounts_, [](const Account& account) { return account.session == 0; }))),
      on_open_(std::move(on_open)) {}

Openings::~Openings() = default;

void Openings::Start() { StartMore(); }

void Openings::StartMore() {
  while (!failed() && next_ < accounts_.size() && running_.size() < at_once_) {
    if (accounts_[next_].session > 0 && opened_ < first_sessions_) return;
    running_.push_back(std::make_unique<Opening>(*this, next_, accounts_[next_]));
    ++next_;
    // From the loop: a start that fails at once must not end its object within this call.
    loop_.Post([this, index = next_ - 1] {
      for (const auto& each : running_) {
        if (each->index() == index) return each->Start();
      }
    });
  }
}

void Openings::Opened(Opening& opening, int fd) {
  const size_t index = opening.index();
  ++opened_;
  on_open_(index, fd);
  // Not destroyed at once: it is running.
  loop_.Post([this, index] {
    std::erase_if(running_, [index](const auto& each) { return each->index() == index; });
    StartMore();
  });
}

void Openings::Failed(Opening& opening, std::string problem) {
  if (!failed()) problem_ = opening.account().key() + ": " + std::move(problem);
}

}  // namespace parley::bench
