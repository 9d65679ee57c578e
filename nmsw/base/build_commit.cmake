# Writes the commit that is being built into a source file, which changes only when the commit does.
# usage: cmake -DSOURCE=folder -DOUTPUT=file -P build_commit.cmake
set(commit "")
set(dirty false)
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE fault)
if(fault EQUAL 0)
  set(commit ${found})
  execute_process(COMMAND git -C ${SOURCE} status --porcelain -uno OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(dirty true)
  endif()
endif()
set(text "// Generated: the commit that was built.
#include \"nmsw/base/build_commit.h\"

namespace nmsw {
BuildCommit build_commit() { return {\"${commit}\", ${dirty}}; }
}  // namespace nmsw
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT "${old}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
