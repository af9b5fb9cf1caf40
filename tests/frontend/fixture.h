// A gateway between clients and a bus that tests play by hand. Messages of clients and bodies are written as JSON.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/wire/publication.h"
#include "frontend/gateway.h"

namespace parley::frontend {

using Lines = std::vector<std::string>;

// JSON in the one form in which it is compared; and MessagePack made of it.
[[nodiscard]] std::string Json(const std::string& text);
[[nodiscard]] std::string Packed(const std::string& json);

// An envelope that the gateway sent, with texts of its own.
struct Sent {
  std::string bytes;
  wire::Envelope envelope;  // refers to `bytes`
  [[nodiscard]] std::string body() const;
};

class GatewayTest;

class Client {
 public:
  Client(GatewayTest& test, std::string address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Says(const std::string& json) { SendsBytes(Packed(json)); }
  void SendsBytes(std::string_view bytes);
  void Asks(int msgid, const std::string& method, const std::string& arguments = "{}");
  void Notifies(const std::string& method, const std::string& arguments = "{}");
  void HalfCloses();
  void Vanishes();

  // The messages that arrived since the last look.
  Lines Hears();
  // The one message that arrived: its error's code, or "ok".
  std::string Outcome();
  [[nodiscard]] bool closed() const;  // the server ended the connection
  [[nodiscard]] Session& session() { return *session_; }

  bool reads = true;       // takes what it is sent
  size_t takes = 1 << 30;  // bytes it takes at a time

 private:
  friend class GatewayTest;
  GatewayTest& test_;
  std::unique_ptr<Session> session_;
  std::string arrived_;
  bool gone_ = false;
};

class GatewayTest : public GatewayHost, public wire::BusPort {
 public:
  GatewayTest();

  // --- the world ---
  void Passes(int64_t ms);  // in steps of 50 ms
  void Start(GatewayOptions options);
  // Ends the turn: what waits is sent to the clients that take it.
  void Flush();

  // --- the bus ---
  void BusWelcomes(const std::string& boot = "bus-1");
  void BusForgets();
  void BusSays(wire::Envelope envelope);
  void TellsRoutes(const std::vector<std::string>& modules = {"user", "message", "admin"});
  // The same and `audited.ban`, whose refusals are the module's.
  void TellsAuditedRoute() { TellsRoutes({"user", "message", "admin", "audited"}); }
  std::deque<Sent> Heartbeats();
  // The requests for `method` since the last look that nobody answered. Texts live until the next look.
  std::deque<Sent> Requests(const std::string& method);
  // The only one.
  Sent Request(const std::string& method);
  size_t Count(wire::Kind kind) const;
  Lines Topics(wire::Kind kind);  // of all kSubscribe or kUnsubscribe since the last look, sorted
  void Forget() { sent_.clear(); }
  void Answers(const Sent& request, const std::string& result, const wire::Directives& directives = {});
  void Fails(const Sent& request, Code code, const std::string& message = "no", uint32_t retry_after_ms = 0);
  struct Event {
    std::vector<std::string> topics;
    std::string method, body = "{}", user;
    uint8_t flags = 0;
    uint64_t except = 0;
    std::string own_key, own_value;
    wire::Directives directives;
  };
  void Publishes(const Event& event);
  void SlotsChange(const std::string& module, const std::vector<int64_t>& slots, bool up);
  void SlotsUp(const std::string& module, const std::vector<int64_t>& slots) { SlotsChange(module, slots, true); }
  void SlotsDown(const std::string& module, const std::vector<int64_t>& slots) { SlotsChange(module, slots, false); }

  // --- people ---
  // Sends a login and has the user module answer it, and whoever is called for an attachment.
  void LogsIn(Client& client, const std::string& user, const std::string& session = "s1", bool admin = false);
  static wire::Directives Identifies(const std::string& user, const std::string& session, bool admin = false);

  GatewayOptions options;
  Now now{1'000'000, 1'700'000'000'000};
  std::unique_ptr<Gateway> gateway;
  int lost = 0;
  std::vector<bool> drained;  // what the process was told
  std::string refused;

 private:
  friend class Client;
  void Send(const wire::Envelope& envelope) override;
  void SendEncoded(std::string_view envelopes) override;
  void OnBusLost() override { ++lost; }
  void OnRefused(const std::string& reason) override { refused = reason; }
  void OnDrained(bool on) override { drained.push_back(on); }

  std::deque<Sent> sent_;
  std::map<Session*, Client*> clients_;
};

}  // namespace parley::frontend
