// parley-docs: prints a page of the documentation that is derived from the code.
#include <cstdio>
#include <string_view>

#include "docs/generator/pages.h"

int main(int argc, char** argv) {
  const std::string_view page = argc == 2 ? argv[1] : "";
  std::string text;
  if (page == "protocol") {
    text = parley::docs::ProtocolPage();
  } else if (page == "storage") {
    text = parley::docs::StoragePage();
  } else {
    std::fputs("Usage: parley-docs protocol|storage\n\nPrints docs/protocol.md or docs/storage.md.\n", stderr);
    return 2;
  }
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
