// SPDX-License-Identifier: MIT
// SCRAM: the examples of RFC 5802 and RFC 7677, channel binding, every failure, and no telling who has an account.
#include "core/session/scram.hpp"
#include "tests/core/sasl_kit.hpp"

using namespace epode;
using namespace epode::sasl;
using namespace epode::sasl::test;
using namespace std::string_literals;

namespace {

Credentials account(ScramHash hash, std::string_view salt = "salt of 16 bytes", std::uint32_t count = iterations) {
    Credentials credentials;
    credentials.put(derive(hash, "pencil", salt, count));
    return credentials;
}

/// A whole exchange; what came last. `header` is the GS2 header, `bound` the channel binding data.
std::string exchange(std::string_view name, ScramHash hash, const std::string& header, const std::string& bound,
                     std::optional<Credentials> found, std::string_view password, const Channel& channel) {
    const auto scram = mechanism(name, channel);
    const Bytes bare = "n=user,r=client";
    Step step = scram->start(header + bare);
    if (shown(step) != "account") return shown(step);
    step = scram->account_found(std::move(found));
    const Bytes challenge = std::get<Challenge>(step).data;
    step = scram->respond(client_final(hash, password, bare, challenge, header + bound));
    return shown(step).substr(0, shown(step).find(": "));
}

std::string start(std::string message) { return shown(mechanism("SCRAM-SHA-1")->start(std::move(message))); }

/// A good start, then this as the client's last word.
std::string finish(std::string message) {
    const auto scram = mechanism("SCRAM-SHA-1");
    REQUIRE(shown(scram->start("n,,n=user,r=client")) == "account");
    (void)scram->account_found(account(ScramHash::sha1));
    return shown(scram->respond(std::move(message)));
}

} // namespace

TEST_CASE("the example of RFC 5802 section 5") {
    const auto scram = mechanism("SCRAM-SHA-1", unbound(), "3rfcNHYJY1ZVvWVs7j");
    CHECK(shown(scram->start("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")) == "account");
    CHECK(scram->account().text() == "user@example.com");
    CHECK(shown(scram->account_found(account(ScramHash::sha1, *base64::decode("QSXCR+Q6sek8bf92")))) ==
          "challenge: r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    CHECK(shown(scram->respond("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")) ==
          "success: v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
}

TEST_CASE("the example of RFC 7677 section 3") {
    const auto scram = mechanism("SCRAM-SHA-256", unbound(), "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    CHECK(shown(scram->start("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")) == "account");
    CHECK(shown(scram->account_found(account(ScramHash::sha256, *base64::decode("W22ZaJ0SNY7soEsUEjb6gQ==")))) ==
          "challenge: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    CHECK(shown(scram->respond("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                               "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")) ==
          "success: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST_CASE("the example of XEP-0474: a hash of what was offered, and an unknown extension of the client") {
    Channel channel = tls();
    channel.bindings.tls_exporter = "THIS IS FAKE CB DATA";
    channel.advertised = {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"};
    const auto scram = mechanism("SCRAM-SHA-1-PLUS", channel, "a09117a6-ac50-4f2f-93f1-93799c2bddf6");
    CHECK(shown(scram->start("p=tls-exporter,,n=user,r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6")) == "account");
    CHECK(shown(scram->account_found(account(ScramHash::sha1, *base64::decode("QSXCR+Q6sek8bf92")))) ==
          "challenge: "
          "r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6a09117a6-ac50-4f2f-93f1-93799c2bddf6,s=QSXCR+Q6sek8bf92,i=4096,"
          "h=G6k/rBLDqgOhRRaCuuatSDFkJ08=");
    CHECK(shown(scram->respond("c=cD10bHMtZXhwb3J0ZXIsLFRISVMgSVMgRkFLRSBDQiBEQVRB,"
                               "r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6a09117a6-ac50-4f2f-93f1-93799c2bddf6,"
                               "x=19C6532F-1CF4-4A27-A18D-DC9CEA41BBB3,p=M/SIDjT+dfcxUh89jZEypRvFxB4=")) ==
          "success: v=MQrMPvv7yv4x4Cq4W4Ih25EqS2c=");
}

TEST_CASE("each mechanism takes the right password and no other") {
    struct Row {
        std::string_view name;
        ScramHash hash;
        std::string header;
        std::string bound;
    };
    const std::string exporter = tls().bindings.tls_exporter;
    const std::string end_point = tls().bindings.tls_server_end_point;
    const auto row = GENERATE_COPY(
        Row{"SCRAM-SHA-1", ScramHash::sha1, "n,,", ""}, Row{"SCRAM-SHA-256", ScramHash::sha256, "n,,", ""},
        Row{"SCRAM-SHA-512", ScramHash::sha512, "n,,", ""},
        Row{"SCRAM-SHA-512", ScramHash::sha512, "n,a=user@example.com,", ""},
        Row{"SCRAM-SHA-1-PLUS", ScramHash::sha1, "p=tls-exporter,,", exporter},
        Row{"SCRAM-SHA-256-PLUS", ScramHash::sha256, "p=tls-server-end-point,,", end_point},
        Row{"SCRAM-SHA-512-PLUS", ScramHash::sha512, "p=tls-exporter,a=user@example.com,", exporter});
    CAPTURE(row.name);
    CHECK(exchange(row.name, row.hash, row.header, row.bound, account(row.hash), "pencil", tls()) == "success");
    CHECK(exchange(row.name, row.hash, row.header, row.bound, account(row.hash), "pen", tls()) == "not-authorized");
}

TEST_CASE("a proof over another channel is refused") {
    const auto plus = [](const std::string& header, const std::string& bound) {
        return exchange("SCRAM-SHA-1-PLUS", ScramHash::sha1, header, bound, account(ScramHash::sha1), "pencil", tls());
    };
    CHECK(plus("p=tls-exporter,,", "another's key material") == "not-authorized");
    CHECK(plus("p=tls-exporter,,", "") == "not-authorized");
    CHECK(plus("p=tls-exporter,,", tls().bindings.tls_server_end_point) == "not-authorized");
}

TEST_CASE("the downgrade is noticed: y where -PLUS was offered") {
    const auto offered = mechanism("SCRAM-SHA-1", tls());
    const Step step = offered->start("y,,n=user,r=client");
    CHECK(shown(step) == "not-authorized");
    CHECK(text_of(step) == "server-does-support-channel-binding");
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "y,,", "", account(ScramHash::sha1), "pencil", unbound()) ==
          "success");
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "n,,", "", account(ScramHash::sha1), "pencil", tls()) == "success");
}

TEST_CASE("the flag must fit the mechanism and the binding must be known") {
    const auto plus = [](std::string message, const Channel& channel = tls()) {
        return shown(mechanism("SCRAM-SHA-1-PLUS", channel)->start(std::move(message)));
    };
    CHECK(plus("p=tls-exporter,,n=user,r=client") == "account");
    CHECK(plus("p=tls-unique,,n=user,r=client") == "malformed-request");
    CHECK(plus("p=,,n=user,r=client") == "malformed-request");
    CHECK(plus("n,,n=user,r=client") == "malformed-request");
    CHECK(plus("y,,n=user,r=client") == "malformed-request");
    Channel old = tls();
    old.bindings.tls_exporter.clear();
    CHECK(plus("p=tls-exporter,,n=user,r=client", old) == "malformed-request");
    CHECK(plus("p=tls-server-end-point,,n=user,r=client", old) == "account");
    CHECK(start("p=tls-exporter,,n=user,r=client") == "malformed-request");
}

TEST_CASE("first messages that break the grammar are malformed") {
    const std::string message = GENERATE(
        as<std::string>{}, "", "n", "n,", "n,,", "n,,n=user", "n,,n=user,", "n,,n=user,r=", "n,,n=,r=client",
        "n,,r=client,n=user", "n,,x=user,r=client", "x,,n=user,r=client", ",,n=user,r=client", "n,user,n=user,r=client",
        "n,a=,n=user,r=client", "n,a=x=2cy,n=user,r=client", "n,,m=ext,n=user,r=client", "n,,n=us=er,r=client",
        "n,,n=us=2cer,r=client", "n,,n=user=,r=client", "n,,n=user,r=cli ent", "n,,n=user,r=cli\x7f",
        "n,,n=user,r=\u00e4", "n,,n=user,r=client,", "n,,n=user,r=client,x",
        "n,,n=user,r=client,x=", "n,,n=user,r=client,1=2", std::string("n,,n=us\0er,r=client", 19));
    CAPTURE(message);
    CHECK(start(message) == "malformed-request");
}

TEST_CASE("unknown extensions are passed over, mandatory ones are not") {
    CHECK(start("n,,n=user,r=client,x=y,z=a=b") == "account");
    CHECK(text_of(mechanism("SCRAM-SHA-1")->start("n,,m=x,n=user,r=client")) == "extensions-not-supported");
}

TEST_CASE("an escaped name is unescaped") {
    const auto scram = mechanism("SCRAM-SHA-1");
    CHECK(shown(scram->start("n,,n=a=2Cb=3Dc,r=client")) == "account");
    CHECK(scram->account().text() == "a,b=c@example.com");
}

TEST_CASE("names and authzids") {
    CHECK(start("n,,n=a b,r=client") == "not-authorized");
    CHECK(start("n,,n=\xff,r=client") == "not-authorized");
    CHECK(start("n,a=user@example.com,n=user,r=client") == "account");
    CHECK(start("n,a=romeo@example.com,n=user,r=client") == "invalid-authzid");
    CHECK(start("n,a=@,n=user,r=client") == "invalid-authzid");
}

TEST_CASE("last messages that break the grammar are malformed") {
    const std::string message = GENERATE(
        as<std::string>{}, "", "c=biws", "c=biws,r=clientserver", "p=AAAA", "c=biws,p=AAAA",
        "r=clientserver,c=biws,p=AAAA", "c=biws,r=clientserver,p=", "c=biws,r=clientserver,p=A",
        "c=biws,r=clientserver,p=A-A=", "c=,r=clientserver,p=AAAA", "c=biw,r=clientserver,p=AAAA", "c=biws,r=,p=AAAA",
        "c=biws,r=clientserver,x,p=AAAA", "c=biws,r=clientserver,p=AAAA,", "c=biws,r=clientserver,p=AAAA,x=y");
    CAPTURE(message);
    CHECK(finish(message) == "malformed-request");
}

TEST_CASE("a wrong proof, nonce or header is not authorized") {
    CHECK(finish("c=biws,r=clientserver,p=AAAA") == "not-authorized");
    CHECK(finish("c=biws,r=clientserver,p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=") == "not-authorized");
    CHECK(finish("c=biws,r=client,p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=") == "not-authorized");
    CHECK(finish("c=eSws,r=clientserver,p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=") == "not-authorized"); // y,,
}

TEST_CASE("after the end there is nothing more to say") {
    const auto scram = mechanism("SCRAM-SHA-1");
    (void)scram->start("n,,n=user,r=client");
    CHECK(shown(scram->respond("c=biws,r=clientserver,p=AAAA")) == "malformed-request"); // before the account was found
    CHECK_THROWS_AS(scram->account_found(std::nullopt), std::logic_error);
    const auto failed = mechanism("SCRAM-SHA-1");
    (void)failed->start("nonsense");
    CHECK(shown(failed->respond("n,,n=user,r=client")) == "malformed-request");
}

TEST_CASE("a name without an account goes the same way to the same failure") {
    const auto challenge_for = [](std::string_view user, std::string_view name, std::optional<Credentials> found) {
        const auto scram = mechanism(name);
        (void)scram->start("n,,n=" + std::string(user) + ",r=client");
        return shown(scram->account_found(std::move(found)));
    };
    const std::string nobody = challenge_for("nobody", "SCRAM-SHA-256", std::nullopt);
    const std::string somebody = challenge_for("user", "SCRAM-SHA-256", account(ScramHash::sha256));
    CHECK(nobody.size() == somebody.size());
    CHECK(nobody.ends_with(",i=4096"));
    CHECK(nobody == challenge_for("Nobody", "SCRAM-SHA-256", std::nullopt)); // stable
    CHECK(nobody != challenge_for("noone", "SCRAM-SHA-256", std::nullopt));
    CHECK(nobody != challenge_for("nobody", "SCRAM-SHA-1", std::nullopt));
    // An account that lacks keys of this hash looks like none.
    CHECK(nobody == challenge_for("nobody", "SCRAM-SHA-256", account(ScramHash::sha1)));
    for (const std::string_view password : {"pencil", ""})
        CHECK(exchange("SCRAM-SHA-256", ScramHash::sha256, "n,,", "", std::nullopt, password, unbound()) ==
              "not-authorized");
}

TEST_CASE("the salt for a name without an account depends on the host's key") {
    const auto challenge_with = [](const std::string& key) {
        Policy other = policy();
        other.pretence_key = Secret(key);
        const auto scram = make_mechanism("SCRAM-SHA-1", other, unbound(), "server");
        (void)(*scram)->start("n,,n=nobody,r=client");
        return shown((*scram)->account_found(std::nullopt));
    };
    CHECK(challenge_with("a") != challenge_with("b"));
    CHECK(challenge_with("") == challenge_with(""));
    CHECK(challenge_with("") != challenge_with("a"));
}

TEST_CASE("only who knows the password learns that the account is closed") {
    Credentials closed = account(ScramHash::sha1);
    closed.set_state(AccountState::disabled);
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "n,,", "", closed, "pencil", unbound()) == "account-disabled");
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "n,,", "", closed, "pen", unbound()) == "not-authorized");
    closed.set_state(AccountState::expired);
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "n,,", "", closed, "pencil", unbound()) == "credentials-expired");
    CHECK(exchange("SCRAM-SHA-1", ScramHash::sha1, "n,,", "", closed, "pen", unbound()) == "not-authorized");
}

TEST_CASE("our half of the nonce is random") {
    const auto nonce = [] {
        const auto scram = mechanism("SCRAM-SHA-1", unbound(), "");
        (void)scram->start("n,,n=user,r=client");
        const std::string challenge = shown(scram->account_found(std::nullopt));
        return challenge.substr(0, challenge.find(",s="));
    };
    CHECK(nonce() != nonce());
    CHECK(nonce().size() == std::string_view("challenge: r=client").size() + 24);
}
