#include "common/metrics/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <thread>

#include "common/base/log.h"
#include "common/io/tcp.h"
#include "common/metrics/http.h"
#include "common/metrics/loop_watch.h"
#include "common/metrics/process.h"
#include "common/metrics/pulse.h"

namespace parley::metrics {
namespace {

constexpr int kBacklog = 64;
constexpr int kAcceptsPerTurn = 16;
constexpr int64_t kPauseMs = 1'000;
constexpr size_t kReadBytes = 4 * 1024;

constexpr Family kReady{"parley_ready", FamilyType::kGauge, "1 when /readyz says 200, else 0."};
constexpr Family kTurnAge{"parley_loop_turn_age_seconds", FamilyType::kGauge, "Since the main loop turned last."};

bool IsPort(const std::string& text) {
  return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos && std::stoi(text) <= 65'535;
}

// Not shared as a frontend's client port is: which process answered would be chance.
void SetOptions(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

Result<int> Listen(const std::string& address) {
  const std::optional<io::HostPort> where = io::HostPort::Parse(address);
  if (!where || !IsPort(where->port)) {
    return Fail(Code::kBadRequest, "--metrics: '" + address + "' is not HOST:PORT, such as 127.0.0.1:7200.");
  }
  const Result<int> fd = io::ListenTcp(*where, kBacklog, SetOptions);
  if (!fd && fd.error().code == Code::kExists) {
    return Fail(Code::kExists, "--metrics: the address " + address + " is in use: choose another, or none at all.");
  }
  if (!fd) return Fail(Code::kBadRequest, "--metrics: cannot listen on " + address + ": " + fd.error().message + ".");
  return *fd;
}

// What the main loop and the server's thread both know. The loop's hooks keep it when the server is gone.
struct Shared {
  explicit Shared(Subject its_subject) : subject(std::move(its_subject)), pulse(ReadClocks().mono_ms) {}
  const Subject subject;
  Pulse pulse;
  // Of the main loop's thread.
  LoopWatch watch;
  bool closed = false;
};

}  // namespace

// All of it is the server's own thread's, but for what says otherwise.
struct Server::Impl {
  class Connection;

  Impl(io::Loop& its_main_loop, Subject subject, int fd);
  // Once the thread has ended.
  ~Impl();

  void Run();
  void Accept();
  bool AcceptOne();
  void Remove(uint64_t number);
  void OnRequest(Connection& connection, const Request& request);
  void Scrape(Connection& connection);
  void OnCollected(const Exposition& figures);
  // Answers a scrape that still waits; `figures` are the main loop's, null where it did not tell them in time.
  void AnswerScrape(uint64_t number, const Exposition* figures);
  [[nodiscard]] std::string Text(const Exposition* figures) const;

  io::Loop& main_loop;  // Post() alone
  const ProcessStats process;
  const std::shared_ptr<Shared> shared;
  const int listener;
  const std::string address;
  io::Loop loop;
  std::thread thread;

  std::map<uint64_t, std::unique_ptr<Connection>> connections;  // by number: the oldest first
  uint64_t last_number = 0;
  std::vector<uint64_t> scrapes;  // connections that wait for the main loop's figures
  bool collecting = false;        // it was asked for them
};

class Server::Impl::Connection final : public io::Watcher {
 public:
  Connection(Impl& server, uint64_t number, int fd) : server_(server), number_(number), fd_(fd) {
    server_.loop.Watch(fd_, io::kReadable, this);
    timer_ = server_.loop.After(kConnectionMs, [s = &server_, number] { s->Remove(number); });
  }
  ~Connection() {
    server_.loop.Cancel(timer_);
    server_.loop.Unwatch(fd_, this);
    close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] uint64_t number() const { return number_; }
  void Expect(bool head) { head_ = head; }
  // Nothing is read until the answer is there.
  void Wait() {
    phase_ = Phase::kWaiting;
    server_.loop.Rewatch(fd_, 0, this);
  }
  // May remove this connection: the last thing that is done with it.
  void Answer(const Response& response) {
    phase_ = Phase::kWriting;
    out_ = Encode(response, head_);
    server_.loop.Rewatch(fd_, io::kWritable, this);
    Write();
  }

  void OnReady(uint32_t ready) override {
    if (phase_ == Phase::kWriting) return Write();
    if (phase_ == Phase::kWaiting) {
      if ((ready & io::kHangUp) != 0) server_.Remove(number_);
      return;
    }
    Read();
  }

 private:
  // kLeaving: all was said. What still comes is read and thrown away, because closing with bytes unread would have the
  // kernel throw away the answer instead.
  enum class Phase : uint8_t { kReading, kWaiting, kWriting, kLeaving };

  void Read() {
    char bytes[kReadBytes];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return server_.Remove(number_);
    if (phase_ == Phase::kLeaving) return;
    const auto read = reader_.Feed({bytes, static_cast<size_t>(size)});
    if (const Request* request = std::get_if<Request>(&read)) return server_.OnRequest(*this, *request);
    if (const Response* refusal = std::get_if<Response>(&read)) Answer(*refusal);
  }

  void Write() {
    while (!out_.empty()) {
      const ssize_t size = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size < 0) return server_.Remove(number_);
      out_.erase(0, static_cast<size_t>(size));
    }
    phase_ = Phase::kLeaving;
    shutdown(fd_, SHUT_WR);
    server_.loop.Rewatch(fd_, io::kReadable, this);
  }

  Impl& server_;
  const uint64_t number_;
  const int fd_;
  io::TimerId timer_ = 0;
  RequestReader reader_;
  Phase phase_ = Phase::kReading;
  bool head_ = false;
  std::string out_;
};

Server::Impl::Impl(io::Loop& its_main_loop, Subject subject, int fd)
    : main_loop(its_main_loop),
      process(subject.data, subject.disk_reserve_bytes),
      shared(std::make_shared<Shared>(std::move(subject))),
      listener(fd),
      address(io::BoundAddress(fd)) {}

Server::Impl::~Impl() {
  connections.clear();
  close(listener);
}

void Server::Impl::Remove(uint64_t number) { connections.erase(number); }

void Server::Impl::Run() {
  loop.Watch(listener, io::kReadable, [this](uint32_t) { Accept(); });
  loop.Run();
}

void Server::Impl::Accept() {
  for (int i = 0; i < kAcceptsPerTurn && AcceptOne(); ++i) {
  }
}

bool Server::Impl::AcceptOne() {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == ECONNABORTED || errno == EINTR) return true;
    if (errno == EAGAIN) return false;
    // Mostly that no more files may be open. Whoever waits stays ready, and the loop would spin.
    loop.Unwatch(listener);
    loop.After(kPauseMs, [this] { loop.Watch(listener, io::kReadable, [this](uint32_t) { Accept(); }); });
    return false;
  }
  // The newcomer is as likely a real probe as any; the oldest has had its time.
  if (connections.size() >= kConnectionsMax) connections.erase(connections.begin());
  const uint64_t number = ++last_number;
  connections.emplace(number, std::make_unique<Connection>(*this, number, fd));
  return true;
}

void Server::Impl::OnRequest(Connection& connection, const Request& request) {
  connection.Expect(request.method == "HEAD");
  const auto page = PageOf(request);
  if (const Response* refusal = std::get_if<Response>(&page)) return connection.Answer(*refusal);
  const int64_t now_ms = ReadClocks().mono_ms;
  switch (std::get<Page>(page)) {
    case Page::kHealth:
      return connection.Answer(ProbeResponse(shared->pulse.Sick(now_ms)));
    case Page::kReady:
      return connection.Answer(ProbeResponse(shared->pulse.NotReady(now_ms)));
    case Page::kMetrics:
      return Scrape(connection);
  }
}

void Server::Impl::Scrape(Connection& connection) {
  connection.Wait();
  scrapes.push_back(connection.number());
  loop.After(kCollectMs, [this, number = connection.number()] {
    if (std::erase(scrapes, number) > 0) AnswerScrape(number, nullptr);
  });
  if (std::exchange(collecting, true)) return;
  main_loop.Post([this, known = shared] {
    if (known->closed) return;  // `this` is gone
    auto figures = std::make_shared<Exposition>();
    known->watch.Report(*figures);
    known->subject.report(*figures);
    loop.Post([this, figures] { OnCollected(*figures); });
  });
}

void Server::Impl::OnCollected(const Exposition& figures) {
  collecting = false;
  for (const uint64_t number : std::exchange(scrapes, {})) AnswerScrape(number, &figures);
}

void Server::Impl::AnswerScrape(uint64_t number, const Exposition* figures) {
  const auto it = connections.find(number);
  if (it == connections.end()) return;
  it->second->Answer({200, Text(figures), Exposition::kContentType});
}

std::string Server::Impl::Text(const Exposition* figures) const {
  const int64_t now_ms = ReadClocks().mono_ms;
  Exposition page;
  process.Report(page);
  page.Add(kReady, uint64_t{shared->pulse.NotReady(now_ms).empty()});
  page.Add(kTurnAge, static_cast<double>(shared->pulse.AgeMs(now_ms)) / 1e3);
  if (figures != nullptr) page.Append(*figures);
  return page.Text({{"module", shared->subject.module}, {"node", shared->subject.node}});
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::Start(io::Loop& main_loop, const std::string& address, Subject subject) {
  if (address.empty()) return nullptr;
  TRY_ASSIGN(const int fd, Listen(address));
  auto impl = std::make_unique<Impl>(main_loop, std::move(subject), fd);
  main_loop.AtTurnEnd([&main_loop, known = impl->shared] {
    if (known->closed) return;
    const Now now = ReadClocks();
    known->watch.OnTurn(main_loop.now().mono_us, now.mono_us);
    known->pulse.OnTurn(now.mono_ms, known->subject.not_ready());
  });
  // Also keeps a loop turning that has nothing to do.
  main_loop.Every(LoopWatch::kLookMs, [known = impl->shared] {
    if (!known->closed) known->watch.OnTimer(ReadClocks().mono_us);
  });
  impl->thread = std::thread([i = impl.get()] { i->Run(); });
  LogInfo("Metrics and health at http://{}/metrics, /healthz and /readyz.", impl->address);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  impl_->shared->closed = true;
  impl_->loop.Post([i = impl_.get()] { i->loop.Stop(); });
  impl_->thread.join();
}

const std::string& Server::address() const { return impl_->address; }

}  // namespace parley::metrics
