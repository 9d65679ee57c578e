#include "datasets/formats/terminology.h"

#include <array>

#include <gtest/gtest.h>

#include "datasets/layouts/descriptor.h"

namespace nmsw::datasets {
namespace {

/// Whether the last digit is the check digit of the others by Verhoeff's scheme, which every
/// identifier of SNOMED CT carries: it finds each wrong digit and each pair that changed places.
bool has_check_digit(const std::string& code) {
  if (code.empty() || code.find_first_not_of("0123456789") != std::string::npos) return false;
  constexpr std::array<std::array<size_t, 10>, 8> kPermuted{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                             {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                                             {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
                                                             {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                                             {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
                                                             {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                                             {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
                                                             {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}}};
  // The product in the dihedral group of the pentagon: turns are 0 to 4, mirror images 5 to 9.
  const auto times = [](size_t a, size_t b) {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - b) % 5 : (a - b + 5) % 5;
  };
  size_t sum = 0;
  for (size_t i = 0; i < code.size(); ++i) {
    const auto digit = static_cast<size_t>(code[code.size() - 1 - i] - '0');
    sum = times(sum, kPermuted[i % 8][digit]);
  }
  return sum == 0;
}

TEST(Terminology, TheCheckDigitFindsWrongCodes) {
  EXPECT_TRUE(has_check_digit("10200004"));
  EXPECT_FALSE(has_check_digit("10200005"));
  EXPECT_FALSE(has_check_digit("10020004"));
  EXPECT_FALSE(has_check_digit("12200004"));
}

TEST(Terminology, KnowsEveryClassOfTheKnownDataSetsByAValidCode) {
  size_t known = 0;
  for (const std::string& name : descriptor_names()) {
    const DatasetDescriptor descriptor = load_descriptor(name);
    std::vector<std::string> classes = descriptor.classes;
    for (const ClassList& list : descriptor.class_lists)
      classes.insert(classes.end(), list.classes.begin(), list.classes.end());
    for (const std::string& class_name : classes) {
      SCOPED_TRACE(name + " " + class_name);
      const SegmentTerms terms = segment_terms(name, class_name);
      EXPECT_NE(terms.type.meaning, "Tissue");
      ++known;
      for (const Concept* term : {&terms.category, &terms.type, &terms.type_modifier, &terms.region,
                                  &terms.region_modifier}) {
        if (term->code.empty() && term->meaning.empty() && term != &terms.type) continue;
        EXPECT_TRUE(has_check_digit(term->code)) << term->code << " " << term->meaning;
        // These part the words of a terminology entry of 3D Slicer.
        EXPECT_EQ(term->meaning.find_first_of("~^|:"), std::string::npos);
      }
    }
  }
  EXPECT_GT(known, 150u);
}

TEST(Terminology, SidesAreOfTheRightSide) {
  for (const auto& [name, side] :
       std::vector<std::pair<std::string, std::string>>{{"left_kidney", "Left"},
                                                        {"kidney_right", "Right"},
                                                        {"RightParotid", "Right"},
                                                        {"Head_of_femur_L", "Left"},
                                                        {"Head_of_femur_R", "Right"},
                                                        {"Left Kidney", "Left"},
                                                        {"adrenal-gland-right", "Right"}}) {
    EXPECT_EQ(segment_terms("", name).type_modifier.meaning, side) << name;
  }
  const SegmentTerms cyst = segment_terms("totalsegmentator_organ", "kidney_cyst_left");
  EXPECT_EQ(cyst.category.meaning, "Morphologically Altered Structure");
  EXPECT_EQ(cyst.type.meaning, "Cyst");
  EXPECT_EQ(cyst.region.meaning, "Kidney");
  EXPECT_EQ(cyst.region_modifier.meaning, "Left");
}

TEST(Terminology, AnUnknownClassIsTissueAndAnAmbiguousNameIsKnownInItsDataSetOnly) {
  EXPECT_EQ(segment_terms("mine", "lesion").type.code, "85756007");
  EXPECT_EQ(segment_terms("hippocampus", "anterior").type.meaning, "Hippocampus");
  EXPECT_EQ(segment_terms("hippocampus", "anterior").type_modifier.meaning, "Anterior");
  EXPECT_EQ(segment_terms("prostate_zones", "anterior").type.meaning, "Tissue");
  EXPECT_EQ(segment_terms("", "").type.meaning, "Tissue");
}

}  // namespace
}  // namespace nmsw::datasets
