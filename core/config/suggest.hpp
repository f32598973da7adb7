// SPDX-License-Identifier: MIT
// "Did you mean": the known name nearest to one that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace epode::config {

/// Letters inserted, removed, replaced or swapped with their neighbour to get from one to the other (optimal string
/// alignment). Names longer than 64 bytes are compared by their first 64.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known` where it is near enough to be a slip (a third of the length, at least one letter), else "".
/// The view is into `known`.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);

} // namespace epode::config
