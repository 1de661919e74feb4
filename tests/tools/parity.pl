#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Compare two QMP conversations, QEMU's and ours, for tests/guest/parity.t: parity.pl REQUESTS QEMU
# OURS. The shape of each answer must be the same: members and the JSON types of their values, the
# elements of an array taken together; the class of an error; the text of human-monitor-command with
# numbers blotted out. Prints TAP without a plan.
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
);
# What ours have and QEMU's need not.
my %may_have = map { $_ => 1 } (
    'query-cpu-definitions[].unavailable-features',  # QEMU leaves it out for some accelerators
    'device-list-properties[].default-value', 'device-list-properties[].description',
    'qom-list-types[].abstract',
);

sub answers {
    my ($file) = @_;
    my %by_id;
    open my $in, '<', $file or die "$file: $!\n";
    while (my $line = <$in>) {
        my $o = eval { decode_json($line) };
        $by_id{ $o->{id} } = $o if $o && exists $o->{id};
    }
    return \%by_id;
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
    return $text;
}

sub compare {
    my ($name, $q, $o) = @_;
    return ("no answer") unless $o;
    return ("QEMU gave no answer") unless $q;
    if ($q->{error} || $o->{error}) {
        my ($a, $b) = map { $_->{error} ? $_->{error}{class} : 'no error' } $q, $o;
        return $a eq $b ? () : ("QEMU: $a, ours: $b");
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

my ($requests, $qemu, $ours) = @ARGV;
my ($q, $o) = (answers($qemu), answers($ours));
open my $in, '<', $requests or die "$requests: $!\n";
while (my $line = <$in>) {
    my $r = decode_json($line);
    next unless exists $r->{id};
    my $name = $r->{execute};
    my @bad = compare($name, $q->{ $r->{id} }, $o->{ $r->{id} });
    my $what = $name . ($r->{arguments} ? ' ' . JSON::PP->new->canonical->encode($r->{arguments}) : '');
    print @bad ? "not ok - $what\n" : "ok - $what\n";
    s/\n/\n#   /g for @bad;
    print "# $_\n" for @bad;
}
