// SPDX-License-Identifier: MIT
// What every test of rooms begins with: the coven.
#pragma once

#include "tests/harness/test_server.hpp"

#include <string>
#include <string_view>

namespace epode::test::muc {

inline void join(Client& client, std::string_view nick, std::string_view inside = {}) {
    client.send("<presence to='coven@conference.example.org/" + std::string(nick) +
                "'><x xmlns='http://jabber.org/protocol/muc'>" + std::string(inside) + "</x></presence>");
}

/// Submits a configuration of these fields: <field var=…><value/></field>.
inline void configure(Client& owner, std::string_view fields) {
    owner.send("<iq type='set' id='configure' to='coven@conference.example.org'>"
               "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" +
               std::string(fields) + "</x></query></iq>");
}
inline void accept(Client& owner) {
    configure(owner, {});
    owner.drain();
}

/// Logs in, makes the room and accepts it.
inline Client& found(TestServer& server, std::string_view jid, std::string_view nick) {
    auto& client = server.login(jid);
    join(client, nick);
    client.drain();
    accept(client);
    return client;
}

} // namespace epode::test::muc
