#pragma once

#include <string>

#include "reporting/figure.h"

namespace nmsw::reporting {

/// The figure as one SVG element, complete by itself: it looks right as a file, takes the colours of
/// a page whose style knows its classes (`plot`, `grid`, `axis`, `ground`), and carries its values in
/// `data-` attributes, from which the page's script shows them. The same figure gives the same text.
std::string svg_figure(const Figure& figure);

/// The same of a figure that consists of pictures.
std::string svg_pictures(const Figure& figure);

}  // namespace nmsw::reporting
