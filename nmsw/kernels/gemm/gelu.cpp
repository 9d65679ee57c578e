#include "nmsw/kernels/gemm/gelu.h"

#include <cmath>
#include <vector>

namespace nmsw {
namespace {

/// Φ(x) − 1/2.
double half_normal(double x) { return std::erf(x / std::sqrt(2)) / 2; }

/// The coefficients of the polynomial that has values[i] at nodes[i], by Lagrange's formula.
std::vector<double> through(const std::vector<double>& nodes, const std::vector<double>& values) {
  std::vector<double> total(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::vector<double> product{values[i]};
    for (size_t j = 0; j < nodes.size(); ++j) {
      if (j == i) continue;
      std::vector<double> longer(product.size() + 1);
      for (size_t power = 0; power < product.size(); ++power) {
        const double part = product[power] / (nodes[i] - nodes[j]);
        longer[power + 1] += part;
        longer[power] -= part * nodes[j];
      }
      product = longer;
    }
    for (size_t power = 0; power < product.size(); ++power) total[power] += product[power];
  }
  return total;
}

}  // namespace

GeluPieces::GeluPieces(int64_t degree, double limit_)
    : coefficients{},
      limit(static_cast<float>(limit_)),
      // A little less, so that the limit itself lies in the last piece.
      in_piece(static_cast<float>((kPieces - 1e-4) / limit_)) {
  const double length = 1 / static_cast<double>(in_piece);
  for (int64_t piece = 0; piece < kPieces; ++piece) {
    std::vector<double> nodes, values;
    for (int64_t i = 0; i <= degree; ++i) {
      const double node =
          std::cos(M_PI * (static_cast<double>(i) + 0.5) / static_cast<double>(degree + 1));
      nodes.push_back((static_cast<double>(piece) + (1 + node) / 2) * length);
      const double stretch = piece == kPieces - 1 ? 0.5 / half_normal(limit_) : 1;
      values.push_back(half_normal(nodes.back()) * stretch);
    }
    const std::vector<double> found = through(nodes, values);
    for (size_t power = 0; power < found.size(); ++power) {
      coefficients[power][piece] = static_cast<float>(found[power]);
    }
  }
}

const GeluPieces kGeluPieces(3, 4.75), kRoughGeluPieces(2, 4.0);

}  // namespace nmsw
