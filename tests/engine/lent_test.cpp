/* SPDX-License-Identifier: MIT */
/* Output of which a piece lies in its value. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

namespace
{

std::string joined(const struct nci_buf *buf, const struct nci_lent *lent, size_t most)
{
    struct iovec parts[NCI_LENT_PARTS];
    std::string bytes;
    for (int i = 0, count = nci_lent_parts(buf, lent, most, parts); i < count; i++) {
        REQUIRE(parts[i].iov_len > 0);
        bytes.append(static_cast<const char *>(parts[i].iov_base), parts[i].iov_len);
    }
    return bytes;
}

/* A buffer "head" + "tail" with a piece of a value between them. */
struct Output {
    struct nci_buf buf;
    struct nci_lent lent;

    Output(const std::string &head, const std::string &piece, const std::string &tail)
    {
        memset(&buf, 0, sizeof buf);
        memset(&lent, 0, sizeof lent);
        REQUIRE(nci_buf_append_text(&buf, (head + tail).c_str()) == NCI_OK);
        std::string text = "\"" + piece + "\"";
        REQUIRE(nci_value_new(text.data(), text.size(), NULL, &lent.value) == NCI_OK);
        lent.bytes = (const uint8_t *)nci_value_text(lent.value, NULL) + 1;
        lent.length = piece.size();
        lent.at = head.size();
    }
    ~Output()
    {
        nci_value_unref(lent.value);
        nci_buf_fini(&buf);
    }
};

} // namespace

TEST_CASE("a lent piece goes out in its place, however the writes are cut", "[engine][lent]")
{
    const std::string head = "head", piece = "piece", tail = "tail", all = head + piece + tail;
    for (size_t first = 0; first <= all.size(); first++) {
        for (size_t second = first; second <= all.size(); second++) {
            Output output(head, piece, tail);
            REQUIRE(nci_lent_total(&output.buf, &output.lent) == all.size());
            REQUIRE(joined(&output.buf, &output.lent, first) == all.substr(0, first));
            nci_lent_consume(&output.buf, &output.lent, first);
            REQUIRE(joined(&output.buf, &output.lent, second - first) ==
                    all.substr(first, second - first));
            nci_lent_consume(&output.buf, &output.lent, second - first);
            REQUIRE(joined(&output.buf, &output.lent, SIZE_MAX) == all.substr(second));
            REQUIRE(nci_lent_total(&output.buf, &output.lent) == all.size() - second);
            REQUIRE((output.lent.value == nullptr) == (second >= 9));
        }
    }
}

TEST_CASE("an empty output has no parts", "[engine][lent]")
{
    struct nci_buf buf;
    struct nci_lent lent;
    struct iovec parts[NCI_LENT_PARTS];
    memset(&buf, 0, sizeof buf);
    memset(&lent, 0, sizeof lent);
    REQUIRE(nci_lent_parts(&buf, &lent, SIZE_MAX, parts) == 0);
    nci_lent_consume(&buf, &lent, 0);
}

TEST_CASE("what is added behind a lent piece comes behind it", "[engine][lent]")
{
    Output output("head", "piece", "");
    REQUIRE(nci_buf_append_text(&output.buf, "tail") == NCI_OK);
    nci_lent_consume(&output.buf, &output.lent, 6);
    std::string more(5000, 'm'); /* the buffer moves */
    REQUIRE(nci_buf_append_text(&output.buf, more.c_str()) == NCI_OK);
    REQUIRE(joined(&output.buf, &output.lent, SIZE_MAX) == "ecetail" + more);
}

TEST_CASE("long pieces are lent, one at a time, and short ones copied", "[engine][lent]")
{
    for (int lends = 0; lends < 2; lends++) {
        struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
        config.lends = lends ? 32768 : 0;
        Raw raw(config);
        raw.greet();
        Flow *flow = raw.stream(true);
        raw.end.send(flow, value_of_length(32768));
        raw.end.send(flow, value_of_length(32767));
        raw.end.send(flow, value_of_length(40000));
        REQUIRE(nci_session_produce(raw.end.session, 200000, raw.now) == NCI_OK);
        struct nci_lent *lent = nci_session_lent(raw.end.session);
        REQUIRE(lent->length == (lends ? 32768 : 0));
        REQUIRE(nci_session_pending(raw.end.session) ==
                nci_buf_length(nci_session_output(raw.end.session)) + lent->length);
        REQUIRE(nci_session_pending(raw.end.session) > 32768 + 32767 + 40000);
        REQUIRE(lengths(hand_over(raw.end.session)) == std::vector<size_t>{32768, 32767, 40000});
        REQUIRE(lent->value == nullptr);
    }
}

TEST_CASE("a lent piece stays readable, whatever the peer acknowledges", "[engine][lent]")
{
    Sender sender(0);
    const std::string text = value_of_length(50000);
    sender.end.send(sender.flow, text);
    struct nci_session *session = sender.end.session;
    REQUIRE(nci_session_produce(session, 60000, sender.now) == NCI_OK);
    struct nci_lent *lent = nci_session_lent(session);
    REQUIRE(lent->length == text.size());
    nci_session_handed(session, nci_session_pending(session));
    /* Before the write call has returned: the ledger lets the value go. */
    REQUIRE(sender.end.feed(spell("ack", {1, 1, 1})) == NCI_OK);
    REQUIRE(nci_stream_ledger(sender.flow->stream)->count == 0);
    REQUIRE(joined(nci_session_output(session), lent, SIZE_MAX) == spell("data", {1, 1}, text));
}

TEST_CASE("a session may end with a piece still lent", "[engine][lent]")
{
    Sender sender(0);
    sender.end.send(sender.flow, value_of_length(50000));
    REQUIRE(nci_session_produce(sender.end.session, 60000, sender.now) == NCI_OK);
    REQUIRE(nci_session_lent(sender.end.session)->length == 50000);
    nci_session_end(sender.end.session, NCI_LOST, "cut");
    REQUIRE(sender.flow->over == NCI_LOST);
    /* the address sanitizer looks at the rest */
}
