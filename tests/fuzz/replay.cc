// Stands in for libFuzzer: runs files given by name, then the target's seeds and mutations of them.
//   fuzz_NAME [--runs N] [--seed N] [FILE…]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {
namespace {

constexpr int kChangesMax = 6;

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed) : seeds_(std::move(seeds)), random_(seed) {}

  std::string Next() {
    std::string bytes = seeds_.empty() ? std::string() : seeds_[Below(seeds_.size())];
    for (size_t changes = Below(kChangesMax); changes > 0; --changes) Change(bytes);
    return bytes;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  char Byte() {
    // The bytes at which formats change their mind.
    static constexpr char kTelling[] =
        "\x00\x01\x7f\x80\x8f\x90\x91\x9f\xa0\xbf\xc0\xc1\xc4\xca\xd9\xdb\xdc\xdd\xde\xdf\xff";
    return Below(2) == 0 ? kTelling[Below(sizeof kTelling - 1)] : static_cast<char>(random_());
  }
  void Change(std::string& bytes) {
    const size_t at = Below(bytes.size() + 1);
    switch (Below(6)) {
      case 0:
        if (at < bytes.size()) bytes[at] = Byte();
        break;
      case 1:
        bytes.insert(at, 1, Byte());
        break;
      case 2:
        bytes.erase(at, 1 + Below(8));
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4: {  // a piece of another seed
        const std::string& other = seeds_[Below(seeds_.size())];
        const size_t begin = Below(other.size() + 1);
        bytes.insert(at, other.substr(begin, Below(64)));
        break;
      }
      default:  // a piece of its own, again
        bytes.insert(at, bytes.substr(Below(bytes.size() + 1), Below(64)));
    }
  }

  const std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

std::string Contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "Cannot read %s.\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

int Main(int argc, char** argv) {
  uint64_t runs = 1'000, seed = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if ((argument == "--runs" || argument == "--seed") && i + 1 < argc) {
      (argument == "--runs" ? runs : seed) = std::strtoull(argv[++i], nullptr, 10);
    } else {
      Run(Contents(argv[i]));
    }
  }
  const std::vector<std::string> seeds = Seeds();
  for (const std::string& bytes : seeds) Run(bytes);
  Mutator mutator(seeds, seed);
  for (uint64_t i = 0; i < runs; ++i) {
    const std::string bytes = mutator.Next();
    // Known before it is run, should it be the last one.
    if (std::FILE* file = std::getenv("FUZZ_KEEP") == nullptr ? nullptr : std::fopen(std::getenv("FUZZ_KEEP"), "wb")) {
      std::fwrite(bytes.data(), 1, bytes.size(), file);
      std::fclose(file);
    }
    Run(bytes);
  }
  std::printf("%llu runs\n", static_cast<unsigned long long>(runs + seeds.size()));
  return 0;
}

}  // namespace
}  // namespace parley::fuzz

int main(int argc, char** argv) { return parley::fuzz::Main(argc, argv); }
