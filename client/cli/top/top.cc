// parley top: the system at a glance, again and again.
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "client/cli/account.h"
#include "client/cli/commands.h"
#include "client/cli/sentences.h"
#include "client/cli/top/frame.h"
#include "client/cli/top/screen.h"
#include "client/pollable.h"
#include "common/base/options.h"

namespace parley::cli {
namespace {

struct TopOptions {
  ServerOptions server;
  AccountOptions account;
  double interval_s = 2;
  bool once = false;
};

constexpr int64_t kPatienceMs = 5'000;

std::string Clock() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%H:%M:%S", &local)};
}

class Top final : private client::Client::Listener {
 public:
  Top(Account account, const TopOptions& options)
      : account_(std::move(account)),
        once_(options.once),
        interval_ms_(static_cast<int64_t>(options.interval_s * 1000)),
        client_(loop_, *this, account_.server, account_.credentials) {}

  int Run() {
    loop_.OnSignals({SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP}, [this](int signal) { OnSignal(signal); });
    const bool terminal = isatty(STDOUT_FILENO) != 0 && isatty(STDIN_FILENO) != 0;
    if (!once_ && terminal) {
      screen_.emplace();
      if (client::Pollable(STDIN_FILENO)) loop_.Watch(STDIN_FILENO, io::kReadable, [this](uint32_t) { OnKeys(); });
    }
    Show();
    client_.Start();
    loop_.Run();
    client_.Stop();
    if (screen_ && client::Pollable(STDIN_FILENO)) loop_.Unwatch(STDIN_FILENO);
    screen_.reset();
    return problem_.empty() ? static_cast<int>(kExitOk) : Complain(problem_);
  }

 private:
  // --- what the server says ---
  void OnOnline(const client::LoggedIn& session, bool again) override {
    if (const auto kept = account_.Keep(session.token); !kept) trouble_ = kept.error().message;
    trouble_.clear();
    if (!again) Look();
  }
  void OnOffline(const Error& why, int64_t) override {
    if (once_) return Give(why.message);
    trouble_ = why.message + "; trying again until it works";
    Show();
  }
  void OnEnded(const Error& why) override { Give(why.message); }
  int64_t StartOf(const client::Listed& listed) override { return listed.head; }
  void OnRecord(const client::Record&, std::string_view) override {}
  void OnListed(const client::Listed&) override {}
  void OnCaughtUp() override {}
  void OnLost(const Conversation&) override {}
  void OnContacts(client::Contacts::Kind) override {}
  void OnPush(std::string_view, const schema::Value&, std::string_view) override {}

  // --- looking ---
  void Look() {
    auto sample = std::make_shared<Sample>();
    auto open = std::make_shared<int>(3);
    auto wrong = std::make_shared<std::string>();
    Ask("admin.nodes", sample, open, wrong, &Sample::nodes);
    Ask("admin.slots", sample, open, wrong, &Sample::slots);
    Ask("admin.stats", sample, open, wrong, &Sample::stats);
  }

  template <class T>
  void Ask(std::string_view method, const std::shared_ptr<Sample>& sample, const std::shared_ptr<int>& open,
           const std::shared_ptr<std::string>& wrong, T Sample::*part) {
    client_.Call(
        method, "",
        [this, method, sample, open, wrong, part](const Result<schema::Value>& result) {
          const Result<T> answer = result ? schema::Decode<T>(*result) : Result<T>(Fail(result.error()));
          if (answer) {
            (*sample).*part = *answer;
          } else {
            *wrong = WhyNot(method, answer.error());
            refused_ = refused_ || answer.error().code == Code::kForbidden;
          }
          if (--*open == 0) Looked(std::move(*sample), *wrong);
        },
        kPatienceMs);
  }

  void Looked(Sample sample, const std::string& wrong) {
    if (refused_) return Give(wrong + "; top is for admins");
    if (once_ && !wrong.empty()) return Give(wrong);
    trouble_ = wrong;
    if (wrong.empty()) {
      sample.mono_ms = loop_.now().mono_ms;
      before_ = std::exchange(now_, std::move(sample));
    }
    if (once_ && before_) {
      Show();
      return loop_.Stop();
    }
    if (!once_) Show();
    loop_.After(interval_ms_, [this] { Look(); });
  }

  void Give(const std::string& problem) {
    problem_ = problem;
    loop_.Stop();
  }

  // --- showing ---
  void Show() {
    FrameStyle style{.rows = 0,
                     .columns = 80,
                     .colours = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr,
                     .sort = sort_};
    std::tie(style.rows, style.columns) = Screen::Size();
    if (!now_) {
      if (screen_) screen_->Draw({trouble_.empty() ? "looking …" : trouble_});
      return;
    }
    const FrameParts parts{.server = account_.server.text(),
                           .clock = fmt::format("{}   {}", screen_ ? "q quits, sort by r p e n" : "", Clock()),
                           .trouble = trouble_,
                           .now = *now_,
                           .before = before_ ? &*before_ : nullptr};
    if (screen_) return screen_->Draw(FrameOf(parts, style));
    style.rows = 0;
    for (const std::string& line : FrameOf(parts, style)) fmt::print("{}\n", line);
    if (!once_) fmt::print("\n");
    std::fflush(stdout);
    if (std::ferror(stdout) != 0) loop_.Stop();  // nobody reads any more
  }

  void OnKeys() {
    while (const auto key = screen_->Key()) {
      switch (*key) {
        case 'q':
          return loop_.Stop();
        case 'r':
          sort_ = SortBy::kRate;
          break;
        case 'p':
          sort_ = SortBy::kLatency;
          break;
        case 'e':
          sort_ = SortBy::kErrors;
          break;
        case 'n':
          sort_ = SortBy::kName;
          break;
        default:
          continue;
      }
      Show();
    }
  }

  void OnSignal(int signal) {
    if (signal == SIGWINCH) return Show();
    if (signal != SIGTSTP) return loop_.Stop();
    if (!screen_) {
      kill(getpid(), SIGSTOP);
      return;
    }
    screen_->Suspend();
    Show();
  }

  Account account_;
  const bool once_;
  const int64_t interval_ms_;
  io::Loop loop_;
  client::Client client_;
  std::optional<Screen> screen_;
  std::optional<Sample> now_, before_;
  SortBy sort_ = SortBy::kRate;
  std::string trouble_;  // why what is shown may be old
  std::string problem_;  // why it ends
  bool refused_ = false;
};

}  // namespace

Run AddTop(CLI::App& app) {
  auto options = std::make_shared<TopOptions>();
  CLI::App* top = app.add_subcommand("top", "watch the system: nodes, slots, rates and latencies, live");
  options->server.AddTo(*top);
  options->account.AddTo(*top);
  top->add_option("--interval", options->interval_s, "seconds from one look to the next")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  top->add_flag("--once", options->once, "look twice, print what was seen, and end");
  top->footer(
      "For admins, as `parley admin`. Keys: q quits; methods are sorted by r rate, p latency, e errors, n name.\n"
      "Rates are differences of two looks. Latencies are those that clients saw at the frontends since these started.\n"
      "A module's latency is that of its slowest method.\n"
      "Examples:\n"
      "  parley top --user root --password-file .parley/root-password\n"
      "  parley top --user root --once --interval 10 >> load.txt");
  return [options] {
    Result<Account> account = FindAccount(options->server, options->account, "top");
    if (!account) return Complain(account.error().message);
    if (account->credentials.token.empty() && account->credentials.password.empty()) {
      return Complain("no session of " + options->account.user + " is known here: give its password");
    }
    std::signal(SIGPIPE, SIG_IGN);
    return Top(*std::move(account), *options).Run();
  };
}

}  // namespace parley::cli
