// SPDX-License-Identifier: MIT
package org.netchan;

/**
 * What a select has done.
 *
 * @param number the case's number
 * @param channel its channel
 * @param value what was received, if it was a receive
 * @param ended when the channel has ended instead: "closed", "lost" or the word of another error; else null
 */
public record Choice(int number, Channel channel, Object value, String ended) {}
