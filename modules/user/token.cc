#include "modules/user/token.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "common/base/ids.h"

namespace parley::user {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kSecretChars = 43;

bool IsBase64Url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

Token Token::Make(const UserHandle& user) { return {user, RandomText(kSecretBytes)}; }

Result<Token> Token::Parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view secret = text.substr(colon + 1);
    Result<UserHandle> user = UserHandle::Parse(text.substr(0, colon));
    if (user && secret.size() == kSecretChars && std::ranges::all_of(secret, IsBase64Url)) {
      return Token{*std::move(user), std::string(secret)};
    }
  }
  return Fail(Code::kBadRequest, "token: must be a token as user.login gave it");
}

std::string Token::Hash() const {
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                     nullptr, 0);
  return ToHex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

bool SameHash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace parley::user
