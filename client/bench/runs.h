// The kinds of load, each as one function from options to an exit code.
#pragma once

#include <cstdint>
#include <string>

namespace parley::bench {

struct RunOptions {
  std::string server = "127.0.0.1:7000";
  std::string users = "bench";  // the handles begin with it
  std::string tokens;           // file; empty: one in the user's cache folder
  std::string pids;
  size_t logins_at_once = 32;
  bool json = false;
};

struct ChatOptions {
  size_t connections = 1000;
  double seconds = 10;
  double warm_up = 2;
  size_t body = 200;
  uint32_t in_flight = 1;
};
int RunChat(const RunOptions& run, const ChatOptions& options);

struct GroupOptions {
  size_t members = 10'000;
  size_t online = 1'000;
  size_t writers = 10;
  double seconds = 10;
  double warm_up = 2;
  size_t body = 200;
  uint32_t in_flight = 1;
};
int RunGroup(const RunOptions& run, const GroupOptions& options);

// So many messages a second from people who come back when their connection breaks.
struct PeopleOptions {
  size_t people = 200;
  size_t group_size = 10;     // every so many of them are a group
  double rate = 2'000;        // messages a second, of all of them
  double group_percent = 20;  // of those, to groups
  double seconds = 10;
  double warm_up = 2;
  size_t body = 200;
};
int RunPeople(const RunOptions& run, const PeopleOptions& options);

struct IdleOptions {
  size_t connections = 10'000;
  int sessions = 20;   // of each user
  double seconds = 0;  // 0: until the input ends or a signal comes
};
int RunIdle(const RunOptions& run, const IdleOptions& options);

// The floor under `chat`: a server that only passes bytes on. It needs no Parley server.
struct RelayOptions {
  size_t connections = 1000;
  double seconds = 10;
  double warm_up = 1;
  size_t bytes = 260;  // of a message: as many as a chat message of 200 bytes of text has
  int core = -1;       // that the relay may use; -1: any
};
int RunRelay(const RunOptions& run, const RelayOptions& options);

struct LoginOptions {
  size_t connections = 100;
};
int RunLogin(const RunOptions& run, const LoginOptions& options);

}  // namespace parley::bench
