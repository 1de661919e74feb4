#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Compare two QMP conversations, QEMU's and ours, for tests/guest/parity.t:
# parity.pl REQUESTS QEMU OURS [part]. The shape of each answer must be the same: members and the JSON
# types of their values, the elements of an array taken together; class and text of an error, and the
# text of human-monitor-command, with numbers blotted out; the data of events. Then, unless this is part
# of the matter, the types in query-qmp-schema, and whether each command that both have was compared.
# Prints TAP without a plan.
use strict;
use warnings;
use JSON::PP;

# What QEMU's answers have and ours need not, and why.
my %may_lack = map { $_ => 1 } (
    'query-block[].inserted.image.backing-image',    # one format
    'query-cpu-definitions[].unavailable-features[]', # that is the hypervisor's to say
    'query-blockstats[].parent',                     # no graph of nodes
    'query-cpu-definitions[].alias-of',              # no versioned models
    'query-command-line-options[].parameters[]',     # words of options are not listed
    'query-machines[].alias', 'query-machines[].default-ram-id',
    'query-qmp-schema[].features', 'query-qmp-schema[].element-type',
    'query-commands[]', 'query-qmp-schema[].members[].features',
    'device-list-properties[].default-value', 'device-list-properties[].description',
    'qom-list[].default-value',
    'query-cpus-fast[].props.die-id', 'query-version.package',
    'query-rx-filter[].vlan-table[]',                # "all" is said without listing 4096
);
# What ours have and QEMU's need not.
my %may_have = map { $_ => 1 } (
    'query-cpu-definitions[].unavailable-features',  # QEMU leaves it out for some accelerators
    'device-list-properties[].default-value', 'device-list-properties[].description',
    'qom-list-types[].abstract',
);

# Errors that we say in our own words, since QEMU's are less of a help.
my @own_words = (
    qr/^JSON parse error, /,
    qr/is not removable$/, # before the new medium is looked at
);

# Arguments that only ours have, or that QEMU has and ours need not.
my %own_arguments = map { $_ => 1 } (
    'netdev_add.user.ipv6-net',        # the prefix and its length in one word
    'netdev_add.stream.reconnect',     # QEMU 8
    'netdev_add.stream.reconnect-ms',  # QEMU 9.2
    'netdev_add.null',
);

# Commands that both have and that no request compares, and why.
my %not_compared = (
    'qmp_capabilities' => 'begins each conversation',
    'quit'             => 'ends it',
    'help'             => 'lists all commands of each',
    'q'                => 'the same',
    'info chardev'     => 'names of sockets and lines',
    'info irq'         => 'levels here, counts there',
    'info mtree'       => 'one row a region here, no tree',
    'info network'     => 'back ends describe themselves',
    'info pic'         => 'the layout follows the chips',
    'info qom-tree'    => 'regions are objects there; a path that is none is compared',
    'info qtree'       => 'buses are flat here',
    'info roms'        => 'names of files',
    'info registers'   => 'needs a CPU: parity-cpu.t',
    'info version'     => 'the version',
    'x'                => 'needs a CPU: parity-cpu.t',
    'log'              => 'there are no items here',
);

# Answers by id and in order, each with what it says before of running and of the power button, and
# what data each kind of event had.
sub answers {
    my ($file) = @_;
    my (%by_id, @all, @before, %events);
    open my $in, '<', $file or die "$file: $!\n";
    while (my $line = <$in>) {
        my $o = eval { decode_json($line) } // { line => $line };
        if ($o->{event}) {
            shape($o->{event}, $o->{data} // {}, $events{ $o->{event} } //= {});
            push @before, $o->{event} if $o->{event} =~ /^(STOP|RESUME|POWERDOWN)$/;
        } elsif (!$o->{QMP}) {
            $by_id{ $o->{id} } = $o if defined $o->{id} && !ref $o->{id};
            push @all, { %$o, before => "@before" };
            @before = ();
        }
    }
    return (\%by_id, \@all, \%events);
}

sub type_of {
    my ($v) = @_;
    return 'null' unless defined $v;
    return 'bool' if JSON::PP::is_bool($v);
    return 'object' if ref $v eq 'HASH';
    return 'array' if ref $v eq 'ARRAY';
    return encode_json([$v]) =~ /^\["/ ? 'string' : 'number';
}

# {path => type} of a value; elements of an array share the path "[]".
sub shape {
    my ($path, $v, $into) = @_;
    my $type = type_of($v);
    $into->{$path} = $type;
    if ($type eq 'object') { shape("$path.$_", $v->{$_}, $into) for keys %$v }
    if ($type eq 'array') { shape("${path}[]", $_, $into) for @$v }
    return $into;
}

sub allowed {
    my ($path, $list) = @_;
    # with all that is below an entry
    for (my $p = $path; length $p; ) {
        return 1 if $list->{$p};
        last unless $p =~ s/(\.[^.\[]+|\[\])$//;
    }
    return 0;
}

sub blot {
    my ($text) = @_;
    $text =~ s/\r//g;
    $text =~ s/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b/N/gi;
    $text =~ s/ +/ /g;
    $text =~ s/#block\d+/NODE/g; # names of nodes are numbers there, of drives here
    $text =~ s/^(\w+) \(\1\)/$1 (NODE)/gm;
    return $text;
}

sub compare {
    my ($name, $q, $o) = @_;
    return ("no answer") unless $o;
    return ("QEMU gave no answer") unless $q;
    if ($q->{error} || $o->{error}) {
        my ($a, $b) = map { $_->{error} ? $_->{error}{class} : 'no error' } $q, $o;
        return ("QEMU: $a, ours: $b") if $a ne $b;
        ($a, $b) = map { $_->{error}{desc} } $q, $o;
        return () if blot($a) eq blot($b) || grep { $b =~ $_ } @own_words;
        return ("QEMU: $a", "ours: $b");
    }
    my ($a, $b) = ($q->{return}, $o->{return});
    if ($name eq 'human-monitor-command') {
        ($a, $b) = (blot($a), blot($b));
        return $a eq $b ? () : ("QEMU: $a", "ours: $b");
    }
    my ($x, $y) = (shape($name, $a, {}), shape($name, $b, {}));
    my @bad;
    for my $p (sort keys %$x) {
        if (!exists $y->{$p}) {
            push @bad, "lacks $p ($x->{$p})" unless allowed($p, \%may_lack);
        } elsif ($x->{$p} ne $y->{$p}) {
            push @bad, "$p is a $x->{$p} at QEMU, a $y->{$p} here";
        }
    }
    for my $p (sort keys %$y) {
        push @bad, "has $p" unless exists $x->{$p} || allowed($p, \%may_have);
    }
    return @bad;
}

# -- query-qmp-schema: what a command takes and an answer has --

sub kind {
    my ($e) = @_;
    return $e->{'meta-type'} eq 'builtin' ? $e->{'json-type'} : $e->{'meta-type'};
}

# What of ours (by name: y) is not as QEMU's type (x). Answers may lack what is optional.
sub compare_types {
    my ($x_all, $y_all, $path, $x_name, $y_name, $depth) = @_;
    my ($x, $y) = ($x_all->{$x_name}, $y_all->{$y_name});
    return ("$path: " . kind($x) . ' at QEMU, ' . kind($y) . ' here') if kind($x) ne kind($y);
    return () if $depth > 8;
    return compare_types($x_all, $y_all, "${path}[]", $x->{'element-type'}, $y->{'element-type'}, $depth + 1)
        if kind($x) eq 'array';
    return () if kind($x) ne 'object';
    my %theirs = map { $_->{name} => $_ } @{ $x->{members} };
    my %own = map { $_->{name} => $_ } @{ $y->{members} };
    my @bad = map { "$path.$_ is missing" } grep { !exists $theirs{$_}{default} && !$own{$_} } sort keys %theirs;
    for my $n (sort keys %own) {
        if (!$theirs{$n}) {
            push @bad, "$path.$n is here only" unless $own_arguments{"$path.$n"};
            next;
        }
        push @bad, "$path.$n is optional at one of them"
            if exists $own{$n}{default} != exists $theirs{$n}{default};
        push @bad, compare_types($x_all, $y_all, "$path.$n", $theirs{$n}{type}, $own{$n}{type}, $depth + 1);
    }
    my %cases = map { $_->{case} => $_->{type} } @{ $x->{variants} // [] };
    for my $v (@{ $y->{variants} // [] }) {
        my $case = "$path.$v->{case}";
        push @bad, !$cases{ $v->{case} } ? "$case is here only"
            : compare_types($x_all, $y_all, $case, $cases{ $v->{case} }, $v->{type}, $depth + 1)
            unless $own_arguments{$case};
    }
    return @bad;
}

sub compare_schemas {
    my ($x, $y) = map { { map { $_->{name} => $_ } @{ $_->{return} // [] } } } @_;
    for my $name (sort keys %$y) {
        next if $y->{$name}{'meta-type'} !~ /^(command|event)$/ || !$x->{$name};
        my @bad = compare_types($x, $y, $name, $x->{$name}{'arg-type'}, $y->{$name}{'arg-type'}, 0);
        push @bad, compare_types($x, $y, $name, $x->{$name}{'ret-type'}, $y->{$name}{'ret-type'}, 0)
            if $1 eq 'command';
        result("schema of $name", @bad);
    }
}

sub result {
    my ($what, @bad) = @_;
    print @bad ? "not ok - $what\n" : "ok - $what\n";
    s/\n/\n#   /g for @bad;
    print "# $_\n" for @bad;
}

# Names out of query-commands, help and help info.
sub commands {
    my ($answers) = @_;
    my %names = map { $_->{name} => 1 } @{ $answers->{commands}{return} // [] };
    for my $line (map { split /\r\n/, $answers->{$_}{return} // '' } 'help', 'help info') {
        my ($info, $words) = $line =~ /^(info )?([a-z][\w-]*(?:\|[\w?-]+)*)/ or next;
        $names{ ($info // '') . $_ } = 1 for split /\|/, $words;
    }
    delete @names{ 'info', '?' }; # has its commands listed; another name of help
    return %names;
}

my ($requests, $qemu, $ours, $part) = @ARGV;
my ($q, $q_all, $q_events) = answers($qemu);
my ($o, $o_all, $o_events) = answers($ours);
my %compared;
open my $in, '<', $requests or die "$requests: $!\n";
while (my $line = <$in>) {
    my ($a, $b) = (shift @$q_all, shift @$o_all);
    my $r = eval { decode_json($line) };
    next if $. <= ($part ? 1 : 5); # the beginning, below
    # what is no request of ask(): not JSON, or not right; the whole answer is the same
    if (ref $r ne 'HASH' || ($r->{id} // '') !~ /^\d+$/) {
        my @bad = compare('raw', $a, $b);
        my ($x, $y) = map { $_ ? encode_json([$_->{id}]) : '' } $a, $b;
        push @bad, "the id is $x at QEMU, $y here" if $x ne $y;
        push @bad, "a line that is not JSON: $b->{line}" if $b && $b->{line};
        chomp $line;
        $line =~ s/([^ -~]|#)/sprintf '\\x%02x', ord $1/ge;
        result($line, @bad);
        next;
    }
    my $name = $r->{execute};
    my $what = $name . ($r->{arguments} ? ' ' . JSON::PP->new->canonical->encode($r->{arguments}) : '');
    my @bad = compare($name, $a, $b);
    push @bad, "events before: QEMU: $a->{before}; ours: $b->{before}"
        if $a && $b && $a->{before} ne $b->{before};
    $what =~ s/#/\\x23/g;
    result($what, @bad);
    $compared{$name} = 1;
    my @words = split ' ', $r->{arguments}{'command-line'} // '';
    $compared{$words[0]} = 1 if @words;
    $compared{"$words[0] $words[1]"} = 1 if @words > 1;
}
for my $event (sort keys %{ { %$q_events, %$o_events } }) {
    my ($x, $y) = ($q_events->{$event}, $o_events->{$event});
    my @bad = !$x ? 'QEMU has none' : !$y ? 'there is none' : ();
    @bad = map { "$_: QEMU: " . ($x->{$_} // 'none') . ', ours: ' . ($y->{$_} // 'none') }
        grep { ($x->{$_} // '') ne ($y->{$_} // '') } sort keys %{ { %$x, %$y } } unless @bad;
    result("event $event", @bad);
}
exit if $part; # of a conversation
compare_schemas($q->{schema}, $o->{schema});
my %theirs = commands($q);
my %own = commands($o);
my @common = grep { $theirs{$_} } sort keys %own;
result('each of the ' . @common . ' commands that both have is compared, or there is a reason',
    @common ? map { "$_ is not" } grep { !$compared{$_} && !$not_compared{$_} } @common : 'there is none');
