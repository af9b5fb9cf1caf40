// Tokens: `<handle>:<43 characters of base64url>`, 32 random bytes. The handle routes, the rest is the secret, of which
// only a hash is stored.
#pragma once

#include <string>
#include <string_view>

#include "common/base/handle.h"
#include "common/base/result.h"

namespace parley::user {

struct Token {
  UserHandle user;
  std::string secret;

  [[nodiscard]] static Token Make(const UserHandle& user);
  // kBadRequest for any other form.
  [[nodiscard]] static Result<Token> Parse(std::string_view text);
  [[nodiscard]] std::string text() const { return user.text() + ":" + secret; }
  // BLAKE2b-256 of the secret, in hex. The secret is random, so it needs neither salt nor slowness.
  [[nodiscard]] std::string Hash() const;
};

// Takes the same time wherever the two differ.
[[nodiscard]] bool SameHash(std::string_view a, std::string_view b);

}  // namespace parley::user
