#pragma once

#include <filesystem>
#include <string>

#include "reporting/figure.h"

namespace nmsw::reporting {

/// A text in a gnuplot program: 'it''s', on one line.
std::string quoted(const std::string& text);

/// The first lines of every program: encoding, terminal and output. Sizes in hundredths of an inch.
std::string script_head(double width, double height, const std::filesystem::path& output);

/// The program of a figure that consists of pictures.
std::string picture_script(const Figure& figure, const std::filesystem::path& output);

}  // namespace nmsw::reporting
