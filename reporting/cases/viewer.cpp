#include "reporting/cases/viewer.h"

// A literal of this size would cost the compiler gigabytes; the assembler reads the files as they are.
#define NMSW_INCLUDE_FILE(NAME, FILE)                                                        \
  __asm__(".pushsection .rodata\n.global " #NAME "_begin\n" #NAME "_begin:\n.incbin \"" FILE \
          "\"\n.global " #NAME "_end\n" #NAME "_end:\n.byte 0\n.popsection\n");              \
  extern "C" const char NAME##_begin[], NAME##_end[];

NMSW_INCLUDE_FILE(nmsw_niivue, NMSW_VENDOR "/niivue/niivue.umd.js")
NMSW_INCLUDE_FILE(nmsw_niivue_licence, NMSW_VENDOR "/niivue/LICENSE")

namespace nmsw::reporting {

const std::string& viewer_script() {
  static const std::string text(nmsw_niivue_begin, nmsw_niivue_end);
  return text;
}

const std::string& viewer_licence() {
  static const std::string text(nmsw_niivue_licence_begin, nmsw_niivue_licence_end);
  return text;
}

}  // namespace nmsw::reporting
