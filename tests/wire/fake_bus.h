// The bus as a node sees it: a list of what the node said, and a hand that answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/wire/node.h"

namespace parley::wire {

class FakePort final : public BusPort {
 public:
  struct Said {
    std::unique_ptr<std::string> bytes;
    Envelope envelope;  // refers to the bytes
  };

  void Send(const Envelope& envelope) override {
    auto bytes = std::make_unique<std::string>();
    Append(*bytes, envelope);
    Envelope read = *BatchReader(*bytes).Next();
    said.push_back({std::move(bytes), read});
  }
  void SendEncoded(std::string_view envelopes) override {
    BatchReader reader(envelopes);
    while (const auto envelope = reader.Next()) Send(*envelope);
  }

  // What was said of this kind since the last look; other kinds are forgotten.
  std::vector<Said> Take(Kind kind) {
    std::vector<Said> taken;
    for (Said& one : said) {
      if (one.envelope.kind == kind) taken.push_back(std::move(one));
    }
    said.clear();
    return taken;
  }

  std::vector<Said> said;
};

[[nodiscard]] inline std::string Batch(const Envelope& envelope) {
  std::string batch;
  Append(batch, envelope);
  return batch;
}

[[nodiscard]] inline std::string WelcomeBatch(const std::string& boot) {
  const std::string body = schema::Encode(Welcome{boot, "0.1.0"});
  Envelope envelope;
  envelope.kind = Kind::kWelcome;
  envelope.body = body;
  return Batch(envelope);
}

[[nodiscard]] inline std::string PlainBatch(Kind kind) {
  Envelope envelope;
  envelope.kind = kind;
  return Batch(envelope);
}

[[nodiscard]] inline Registration SomeRegistration() {
  Registration registration;
  registration.role = "frontend";
  registration.name = "frontend-1";
  registration.host = "host-1";
  registration.version = "0.1.0";
  registration.boot = "b1";
  return registration;
}

}  // namespace parley::wire
