// SPDX-License-Identifier: MIT
// A node's configuration as a form (XEP-0060 section 8.2), and publish-options, which are held against it (7.1.5).
// Pure.
#pragma once

#include "core/base/result.hpp"
#include "modules/common/pubsub/node.hpp"
#include "xep/xep0004_forms.hpp"

#include <cstdint>

namespace epode::pubsub {

/// What the service keeps at most, as the forms say it.
struct Bounds {
    std::uint64_t items = 1000;
    std::uint64_t bytes = 0; ///< of one payload
    bool contacts = true;    ///< the place has them, so nodes can be for them (access models presence and roster)
};

xep::Form form_of(const Configuration& configuration, xep::Form::Type type, const Bounds& bounds);
/// What may be told to whoever sees that the node is there (section 5.4).
xep::Form metadata_of(const Node& node, const Bounds& bounds);
/// With what the form says; what it does not name stays. The error is the text of a not-acceptable.
Result<Configuration> changed(const Configuration& before, const xep::Form& form, const Bounds& bounds);
/// The same for publish-options, where a field that is not known is an error, too.
Result<Configuration> with_options(const Configuration& before, const xep::Form& options, const Bounds& bounds);

} // namespace epode::pubsub
