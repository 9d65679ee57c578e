#include "datasets/formats/label_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "nmsw/base/class_colour.h"

namespace nmsw::datasets {
namespace {

TEST(LabelTable, IsWrittenForSlicerAndForItkSnap) {
  const auto [red, green, blue] = class_colour(2);
  const std::string slicer = slicer_table({"liver", "spleen"});
  EXPECT_NE(slicer.find("\n0 background 0 0 0 0\n1 liver "), std::string::npos);
  EXPECT_NE(slicer.find(fmt::format("\n2 spleen {} {} {} 255\n", red, green, blue)),
            std::string::npos);
  const std::string snap = itksnap_table({"liver", "spleen"});
  EXPECT_NE(snap.find(fmt::format("    2 {:5} {:4} {:4}        1  1  1    \"spleen\"\n", red, green,
                                  blue)),
            std::string::npos);
}

TEST(LabelTable, NamesKeepToTheirColumn) {
  const std::string slicer = slicer_table({"right kidney", "a\tb\nc", ""});
  EXPECT_NE(slicer.find("\n1 right_kidney "), std::string::npos);
  EXPECT_NE(slicer.find("\n2 a_b_c "), std::string::npos);
  EXPECT_NE(slicer.find("\n3 _ "), std::string::npos);
  const std::string snap = itksnap_table({"right kidney", "the \"left\" one\n"});
  EXPECT_NE(snap.find("    \"right kidney\"\n"), std::string::npos);
  EXPECT_NE(snap.find("    \"the 'left' one \"\n"), std::string::npos);
}

}  // namespace
}  // namespace nmsw::datasets
