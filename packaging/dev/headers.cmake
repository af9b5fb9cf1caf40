# Installs the headers of the kit: those that a module has a reason to include, and whatever these include themselves.
# What none of them includes (sockets, the event loop, folders) stays out of reach.
cmake_policy(VERSION 3.25)
file(GLOB wanted RELATIVE ${SOURCE} ${SOURCE}/modules/*/messages.h)
list(APPEND wanted
     common/module/main.h common/module/context.h common/module/host.h common/module/route.h
     common/schema/page.h common/schema/sample.h common/wire/publication.h
     common/base/limits.h common/base/log.h common/base/check.h
     common/testing/module_harness.h)
set(found "")
while(wanted)
  list(POP_FRONT wanted header)
  if(header IN_LIST found)
    continue()
  endif()
  list(APPEND found ${header})
  file(STRINGS ${SOURCE}/${header} lines REGEX "^#include \"")
  foreach(line ${lines})
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included "${line}")
    list(APPEND wanted ${included})
  endforeach()
endwhile()
# A header that became internal must not stay behind from an earlier version.
file(REMOVE_RECURSE $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/include/parley)
foreach(header ${found})
  cmake_path(GET header PARENT_PATH folder)
  file(INSTALL ${SOURCE}/${header} DESTINATION ${CMAKE_INSTALL_PREFIX}/include/parley/${folder})
endforeach()
