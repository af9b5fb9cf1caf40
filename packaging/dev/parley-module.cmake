# parley_module(NAME MAIN main.cc SOURCES ... [LINK targets ...])
#
# Makes of a module the library parley_NAME_core, which its tests link too, the program parley-NAME, and a systemd unit
# parley-NAME@.service like those of Parley's own modules. Installs program and unit.
set(PARLEY_MODULE_UNIT ${CMAKE_CURRENT_LIST_DIR}/parley-worker@.service.in)

function(parley_module name)
  cmake_parse_arguments(arg "" "MAIN" "SOURCES;LINK" ${ARGN})
  if(NOT arg_MAIN OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "parley_module(NAME MAIN main.cc SOURCES ... [LINK targets ...])")
  endif()
  add_library(parley_${name}_core STATIC ${arg_SOURCES})
  target_link_libraries(parley_${name}_core PUBLIC parley::module_kit ${arg_LINK})
  add_executable(parley-${name} ${arg_MAIN})
  target_link_libraries(parley-${name} PRIVATE parley_${name}_core)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # gcc 12 reports these inside the standard library's own inlined code.
    target_compile_options(parley_${name}_core PRIVATE -Wno-maybe-uninitialized -Wno-restrict)
  endif()
  install(TARGETS parley-${name} RUNTIME DESTINATION bin)
  set(MODULE ${name})
  configure_file(${PARLEY_MODULE_UNIT} ${CMAKE_CURRENT_BINARY_DIR}/parley-${name}@.service @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/parley-${name}@.service DESTINATION lib/systemd/system)
endfunction()
