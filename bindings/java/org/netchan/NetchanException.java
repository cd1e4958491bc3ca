// SPDX-License-Identifier: MIT
package org.netchan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What went wrong, in the library's words. Each kind of error is a class of its own in here. */
public class NetchanException extends IOException {
    private static final long serialVersionUID = 1;

    private final int code;

    NetchanException(int code, String text) {
        super(text);
        this.code = code;
    }

    /** The library's number for this kind of errors. */
    public int code() {
        return code;
    }

    /** The library's name for it, such as "nochannel". */
    public String word() {
        return word(code);
    }

    static String word(int code) {
        return new String(RawJNI.netchan_error_name(code), StandardCharsets.UTF_8);
    }

    /** The native code calls this. */
    static Throwable of(int code, byte[] utf8) {
        return of(code, new String(utf8, StandardCharsets.UTF_8));
    }

    static NetchanException of(int code, String text) {
        switch (code) {
        case -1:
            return new Timeout(text);
        case -2:
            return new Closed(text);
        case -3:
            return new Lost(text);
        case -4:
            return new Interrupted(text);
        case -5:
            return new Denied(text);
        case -6:
            return new NoChannel(text);
        case -7:
            return new WrongDirection(text);
        case -8:
            return new Exists(text);
        case -9:
            return new Busy(text);
        case -10:
            return new OverLimit(text);
        case -11:
            return new InvalidValue(text);
        case -12:
            return new WrongType(text);
        case -13:
            return new InvalidOption(text);
        case -14:
            return new InvalidURL(text);
        case -15:
            return new Refused(text);
        case -16:
            return new ProtocolBroken(text);
        case -17:
            return new NotSupported(text);
        case -18:
            return new NoMemory(text);
        case -19:
            return new NoDescriptor(text);
        case -20:
            return new Forked(text);
        case -21:
            return new Misuse(text);
        case -22:
            return new SystemFailure(text);
        case -23:
            return new TLSFailure(text);
        default:
            return new NetchanException(code, text);
        }
    }

    /** The time given has passed; nothing was done. */
    public static final class Timeout extends NetchanException {
        private static final long serialVersionUID = 1;

        Timeout(String text) {
            super(-1, text);
        }
    }

    /** Ended by the other side's will; nothing is missing. */
    public static final class Closed extends NetchanException {
        private static final long serialVersionUID = 1;

        Closed(String text) {
            super(-2, text);
        }
    }

    /** Ended by a failure; something may be missing. */
    public static final class Lost extends NetchanException {
        private static final long serialVersionUID = 1;

        Lost(String text) {
            super(-3, text);
        }
    }

    /** A token ended the wait; nothing was done. Threads that are interrupted get an InterruptedException. */
    public static final class Interrupted extends NetchanException {
        private static final long serialVersionUID = 1;

        Interrupted(String text) {
            super(-4, text);
        }
    }

    /** The peer's rights do not allow it. */
    public static final class Denied extends NetchanException {
        private static final long serialVersionUID = 1;

        Denied(String text) {
            super(-5, text);
        }
    }

    /** There is no channel of that name. */
    public static final class NoChannel extends NetchanException {
        private static final long serialVersionUID = 1;

        NoChannel(String text) {
            super(-6, text);
        }
    }

    /** The channel goes the other way. */
    public static final class WrongDirection extends NetchanException {
        private static final long serialVersionUID = 1;

        WrongDirection(String text) {
            super(-7, text);
        }
    }

    /** The name, or the file, is taken. */
    public static final class Exists extends NetchanException {
        private static final long serialVersionUID = 1;

        Exists(String text) {
            super(-8, text);
        }
    }

    /** Too much at once; try again later. */
    public static final class Busy extends NetchanException {
        private static final long serialVersionUID = 1;

        Busy(String text) {
            super(-9, text);
        }
    }

    /** Larger than a limit allows. */
    public static final class OverLimit extends NetchanException {
        private static final long serialVersionUID = 1;

        OverLimit(String text) {
            super(-10, text);
        }
    }

    /** Not a legal value. */
    public static final class InvalidValue extends NetchanException {
        private static final long serialVersionUID = 1;

        InvalidValue(String text) {
            super(-11, text);
        }
    }

    /** No value can be made of an object of this class. */
    public static final class WrongType extends NetchanException {
        private static final long serialVersionUID = 1;

        WrongType(String text) {
            super(-12, text);
        }
    }

    /** An unknown option, or a bad value for one. */
    public static final class InvalidOption extends NetchanException {
        private static final long serialVersionUID = 1;

        InvalidOption(String text) {
            super(-13, text);
        }
    }

    /** An address that cannot be understood. */
    public static final class InvalidURL extends NetchanException {
        private static final long serialVersionUID = 1;

        InvalidURL(String text) {
            super(-14, text);
        }
    }

    /** Nobody listens there. */
    public static final class Refused extends NetchanException {
        private static final long serialVersionUID = 1;

        Refused(String text) {
            super(-15, text);
        }
    }

    /** The peer broke the protocol. */
    public static final class ProtocolBroken extends NetchanException {
        private static final long serialVersionUID = 1;

        ProtocolBroken(String text) {
            super(-16, text);
        }
    }

    /** Not in this build or version. */
    public static final class NotSupported extends NetchanException {
        private static final long serialVersionUID = 1;

        NotSupported(String text) {
            super(-17, text);
        }
    }

    /** Out of memory. */
    public static final class NoMemory extends NetchanException {
        private static final long serialVersionUID = 1;

        NoMemory(String text) {
            super(-18, text);
        }
    }

    /** Out of file descriptors. */
    public static final class NoDescriptor extends NetchanException {
        private static final long serialVersionUID = 1;

        NoDescriptor(String text) {
            super(-19, text);
        }
    }

    /** The object belongs to the parent process. */
    public static final class Forked extends NetchanException {
        private static final long serialVersionUID = 1;

        Forked(String text) {
            super(-20, text);
        }
    }

    /** The call makes no sense; a bug in the calling program. */
    public static final class Misuse extends NetchanException {
        private static final long serialVersionUID = 1;

        Misuse(String text) {
            super(-21, text);
        }
    }

    /** The system refused an operation. */
    public static final class SystemFailure extends NetchanException {
        private static final long serialVersionUID = 1;

        SystemFailure(String text) {
            super(-22, text);
        }
    }

    /** A certificate or handshake was not acceptable. */
    public static final class TLSFailure extends NetchanException {
        private static final long serialVersionUID = 1;

        TLSFailure(String text) {
            super(-23, text);
        }
    }
}
