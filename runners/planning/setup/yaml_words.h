#pragma once

#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::runners {

/// Text as comment lines of at most 100 columns; its own line breaks stay.
std::string yaml_comment(const std::string& text, size_t indent = 0);

/// A word as a YAML scalar: as it is where every reader takes it for text, else quoted.
std::string yaml_word(const std::string& word);

/// "[a, b]", broken into lines of at most 100 columns after `indent` blanks.
std::string yaml_list(const std::vector<std::string>& words, size_t indent);

/// "[32, 32, 24]".
std::string yaml_extent(const Int3& extent);

/// "0.977": at most four significant digits.
std::string short_number(double value);

/// "[0.977, 0.977, 5]".
std::string yaml_spacing(const Real3& spacing);

/// "0.98 x 0.98 x 5".
std::string spacing_words(const Real3& spacing);

}  // namespace nmsw::runners
