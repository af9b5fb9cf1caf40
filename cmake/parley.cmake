# What every target of Parley shares: warnings, sanitizers, the precompiled header, and the functions
# parley_library, parley_program and parley_test.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
find_library(LEVELDB_LIBRARY leveldb REQUIRED)

add_library(parley_flags INTERFACE)
target_include_directories(parley_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(parley_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_compile_definitions(parley_flags INTERFACE PARLEY_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these inside the standard library's own inlined code at -O2.
  # Without -fpch-preprocess ccache takes nothing that uses a precompiled header.
  target_compile_options(parley_flags INTERFACE -fpch-preprocess
                                                -Wno-maybe-uninitialized -Wno-restrict
                                                -Wno-stringop-overflow -Wno-array-bounds
                                                -Wno-free-nonheap-object)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(parley_flags INTERFACE -O1)
endif()
if(PARLEY_SANITIZE)
  # Lines are enough to find what a sanitizer reports, and cost half of what -g costs to compile. What is left out of
  # UBSan the machine or ASan shows as well, but for vptr and alignment; together they took a third of the time.
  target_compile_options(parley_flags INTERFACE -g1)
  if(PARLEY_SANITIZE MATCHES "undefined")
    set(PARLEY_SANITIZE_OFF -fno-sanitize=null,vptr,object-size,alignment,nonnull-attribute,returns-nonnull-attribute)
  endif()
  target_compile_options(parley_flags INTERFACE -fsanitize=${PARLEY_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all ${PARLEY_SANITIZE_OFF})
  target_link_options(parley_flags INTERFACE -fsanitize=${PARLEY_SANITIZE})
endif()

set(PARLEY_TEST_FLAGS $<IF:$<CONFIG:Release>,-O1,-O0>)

# parley_library(NAME SOURCES ... [PUBLIC targets ...] [PRIVATE targets ...])
function(parley_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC parley_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(NOT name STREQUAL parley_base)
    target_link_libraries(${name} PUBLIC parley_base)
    target_precompile_headers(${name} REUSE_FROM parley_base)
  endif()
endfunction()

# parley_program(NAME SOURCES ... [PRIVATE targets ...])
function(parley_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE parley_base ${arg_PRIVATE})
  target_precompile_headers(${name} REUSE_FROM parley_base)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# parley_test(NAME SOURCES ... [PRIVATE targets ...]): a Catch2 program, run by ctest. Its own code runs once, so it is
# hardly optimised: that takes a third off the time it takes to compile, and half where sanitizers are on.
function(parley_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE parley_base parley_test_main ${arg_PRIVATE})
  target_compile_options(${name} PRIVATE ${PARLEY_TEST_FLAGS})
  target_precompile_headers(${name} REUSE_FROM parley_test_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
