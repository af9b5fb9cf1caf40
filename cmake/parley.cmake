# What every target of Parley shares: warnings, sanitizers, the precompiled header, and the functions
# parley_library, parley_program and parley_test. What goes into which package follows from these, too.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
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

set(PARLEY_COMMON ${PROJECT_SOURCE_DIR}/common)
set(PARLEY_MODULES ${PROJECT_SOURCE_DIR}/modules)

# What the package for modules outside this tree is made of (packaging/dev): `ninja parley_kit` builds it.
add_custom_target(parley_kit)

# parley_library(NAME SOURCES ... [PUBLIC targets ...] [PRIVATE targets ...]): those of common/ are installed as
# parley::base and so on. The flags and the precompiled header are this tree's own affair, and are not.
function(parley_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC $<BUILD_INTERFACE:parley_flags> ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(NOT name STREQUAL parley_base)
    target_link_libraries(${name} PUBLIC parley_base)
    target_precompile_headers(${name} REUSE_FROM parley_base)
  endif()
  cmake_path(IS_PREFIX PARLEY_COMMON ${CMAKE_CURRENT_SOURCE_DIR} of_the_kit)
  if(of_the_kit)
    string(REGEX REPLACE "^parley_" "" exported ${name})
    set_target_properties(${name} PROPERTIES EXPORT_NAME ${exported})
    install(TARGETS ${name} EXPORT parley-targets ARCHIVE DESTINATION lib COMPONENT dev)
    add_dependencies(parley_kit ${name})
  endif()
endfunction()

# parley_program(NAME SOURCES ... [PRIVATE targets ...] [PACKAGE package]): goes into the package parley-PACKAGE, which is
# the program's own name unless given. A program in a folder of modules/ is a worker; packaging/ makes a unit for it.
function(parley_program name)
  cmake_parse_arguments(arg "" "PACKAGE" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE parley_base ${arg_PRIVATE})
  target_precompile_headers(${name} REUSE_FROM parley_base)
  if(NOT arg_PACKAGE)
    string(REGEX REPLACE "^parley-" "" arg_PACKAGE ${name})
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION bin COMPONENT ${arg_PACKAGE})
  set_property(GLOBAL APPEND PROPERTY PARLEY_PACKAGES ${arg_PACKAGE})
  set_property(GLOBAL APPEND PROPERTY PARLEY_PROGRAMS_${arg_PACKAGE} ${name})
  cmake_path(IS_PREFIX PARLEY_MODULES ${CMAKE_CURRENT_SOURCE_DIR} is_worker)
  if(is_worker)
    set_property(GLOBAL APPEND PROPERTY PARLEY_WORKERS ${arg_PACKAGE})
  endif()
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
