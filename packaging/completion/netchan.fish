# SPDX-License-Identifier: MIT
# Completion of netchan for fish. tests/checks/completion.sh compares the lists with the sources.

set -g __netchan_commands export import list check bench check-policy keygen doctor
set -g __netchan_keys async io.spin keep-open limit.depth limit.frame limit.handshakes limit.links \
    limit.memory limit.size limit.streams limit.value limit.window link.ack-delay link.agent \
    link.handshake link.heartbeat link.linger link.silence policy policy.text return tls.ca tls.cert \
    tls.ciphers tls.key tls.name tls.passphrase unix.mode wait window

function __netchan_in
    __fish_seen_subcommand_from $argv
end

# The number of the word that is being written, the command's own name being 0; options and what
# belongs to them do not count.
function __netchan_place
    set -l place 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -qr -- '^(-[nswto]|--(address-file|cert|key|ca|name|policy|identity))$' $word
            set skip 1
        else if not string match -q -- '-*' $word
            set place (math $place + 1)
        end
    end
    test $place = $argv[1]
end

complete -c netchan -f
complete -c netchan -n '__netchan_place 0' -a export -d 'Publish a channel'
complete -c netchan -n '__netchan_place 0' -a import -d 'Connect to a channel'
complete -c netchan -n '__netchan_place 0' -a list -d 'Show the channels of an exporter'
complete -c netchan -n '__netchan_place 0' -a check -d 'Is a file one legal value?'
complete -c netchan -n '__netchan_place 0' -a bench -d 'Measure a connection'
complete -c netchan -n '__netchan_place 0' -a check-policy -d 'May a peer do that?'
complete -c netchan -n '__netchan_place 0' -a keygen -d 'Make keys and certificates'
complete -c netchan -n '__netchan_place 0' -a doctor -d 'Which step of a connection fails?'

complete -c netchan -n '__netchan_place 1; and __netchan_in export import list bench doctor' \
    -a 'tcp:// tls:// unix:/ fd:'
complete -c netchan -n '__netchan_place 1; and __netchan_in export bench' -a systemd:
complete -c netchan -n '__netchan_place 1; and __netchan_in check check-policy' -F
complete -c netchan -n '__netchan_place 1; and __netchan_in keygen' -a '(__fish_complete_directories)'
complete -c netchan -n '__netchan_place 2; and __netchan_in export import' -a 'send recv'
complete -c netchan -n '__netchan_place 3; and __netchan_in check-policy' -a 'send recv'

complete -c netchan -n '__netchan_in export import bench' -s n -x -d 'Exactly so many values'
complete -c netchan -n '__netchan_in export import bench' -s s -x -d 'So many values under way'
complete -c netchan -n '__netchan_in export import list bench' -s w -x -d 'Seconds to wait for the other side'
complete -c netchan -n '__netchan_in export import list bench' -s t -x -d 'Give up after seconds without a move'
complete -c netchan -n '__netchan_in export import list check bench doctor' -s o -x -d 'Any option' \
    -a '(string join \n -- $__netchan_keys=)'
complete -c netchan -n '__netchan_in export import list bench keygen doctor' -s v -d 'Say what happens'
complete -c netchan -n '__netchan_in export' -l keep-open -d 'Stay when the last importer has gone'
complete -c netchan -n '__netchan_in bench' -l serve -d 'Serve the measurements of another side'
complete -c netchan -n '__netchan_in export bench' -l address-file -rF -d 'Write the addresses to a file'
complete -c netchan -n '__netchan_in export import list bench doctor' -l cert -rF -d 'Certificate to show'
complete -c netchan -n '__netchan_in export import list bench doctor' -l key -rF -d 'Its private key'
complete -c netchan -n '__netchan_in export import list bench doctor' -l ca -rF -d 'Authorities to trust'
complete -c netchan -n '__netchan_in import list bench keygen doctor' -l name -x -a '(__fish_print_hostnames)' \
    -d 'Whose certificate to expect'
complete -c netchan -n '__netchan_in export' -l policy -rF -d 'Who may do what'
complete -c netchan -n '__netchan_in check-policy' -l identity -x -d 'A name that the peer has' \
    -a 'dns: ip: email: uri: cn: sha256: uid: gid:'
complete -c netchan -n '__netchan_place 0' -l help -d 'Show a summary'
complete -c netchan -n '__netchan_place 0' -l version -d 'Show the version'
